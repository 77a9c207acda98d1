//! The attributes of serde that decoding depends on.

use syn::{Attribute, LitStr, Result, Type, meta::ParseNestedMeta};

/// Those of a type, a variant or a field.
#[derive(Default)]
pub(crate) struct Attributes {
    /// The field that names the variant.
    pub(crate) tag: Option<String>,
    pub(crate) rename: Option<String>,
    snake_case: bool,
    /// A missing field decodes as the type's default.
    pub(crate) default: bool,
    /// The variant of all names that no other variant has.
    pub(crate) other: bool,
    pub(crate) from: Option<Type>,
    pub(crate) try_from: Option<Type>,
}

impl Attributes {
    pub(crate) fn of(attributes: &[Attribute]) -> Result<Self> {
        let mut found = Self::default();
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("serde")) {
            attribute.parse_nested_meta(|meta| found.add(&meta))?;
        }
        Ok(found)
    }

    fn add(&mut self, meta: &ParseNestedMeta) -> Result<()> {
        let text = || meta.value()?.parse::<LitStr>();
        match meta.path.require_ident()?.to_string().as_str() {
            "tag" => self.tag = Some(text()?.value()),
            "rename" => self.rename = Some(text()?.value()),
            "rename_all" => {
                let case = text()?;
                if case.value() != "snake_case" {
                    return Err(meta.error("only snake_case"));
                }
                self.snake_case = true;
            }
            "default" => self.default = true,
            "other" => self.other = true,
            "from" => self.from = Some(text()?.parse()?),
            "try_from" => self.try_from = Some(text()?.parse()?),
            // A struct of one unnamed field decodes as that field in any case.
            "transparent" => {}
            "skip_serializing_if" | "into" => {
                text()?;
            }
            _ => return Err(meta.error("an attribute that Decode does not know")),
        }
        Ok(())
    }

    /// The name of a variant on the wire.
    pub(crate) fn cased(&self, variant: &str) -> String {
        if !self.snake_case {
            return variant.to_owned();
        }
        let mut name = String::new();
        for (index, letter) in variant.char_indices() {
            if letter.is_uppercase() && index > 0 {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        name
    }
}
