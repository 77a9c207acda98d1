//! Elements made by hand.

use web_sys::Element;

use crate::platform::browser::document;

/// A new element at the end of another one; an empty class is none.
pub(super) fn child(parent: &Element, tag: &str, class: &str) -> Element {
    let document = document();
    let child = document.create_element(tag).expect("the tag is a name");
    if !class.is_empty() {
        child.set_class_name(class);
    }
    let _ = parent.append_child(&child);
    child
}

/// Sets attributes.
pub(super) fn set(element: &Element, attributes: &[(&str, &str)]) {
    for (name, value) in attributes {
        let _ = element.set_attribute(name, value);
    }
}

/// Adds text at the end of an element.
pub(super) fn text(parent: &Element, text: &str) {
    let _ = parent.append_with_str_1(text);
}

/// Draws an icon at the end of an element.
pub(super) fn icon(parent: &Element, path: &str) {
    const SVG: Option<&str> = Some("http://www.w3.org/2000/svg");
    let document = document();
    let (Ok(svg), Ok(line)) =
        (document.create_element_ns(SVG, "svg"), document.create_element_ns(SVG, "path"))
    else {
        return;
    };
    set(&svg, &[("class", "icon"), ("viewBox", "0 0 24 24"), ("aria-hidden", "true")]);
    set(&line, &[("d", path)]);
    let _ = svg.append_child(&line);
    let _ = parent.append_child(&svg);
}
