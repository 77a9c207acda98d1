//! Makes nodes of a text's tree.

use confab_shared::{
    id::UserId,
    markdown::{Alignment, Block, Inline, List, ListItem, Marker, Table},
};
use leptos::prelude::WithUntracked;
use web_sys::Element;

use super::{
    code,
    dom::{child, set, text},
};
use crate::{
    i18n::{Locale, td_string},
    state::Chat,
    ui::{bidi::strip_direction_controls, person_name::name_with_unique},
};

/// What nodes are made with.
#[derive(Clone, Copy)]
pub(super) struct Nodes {
    pub(super) chat: Chat,
    pub(super) locale: Locale,
}

impl Nodes {
    /// Fills an element; answers whether there are blocks in it, and not lines alone.
    pub(super) fn show(self, parent: &Element, blocks: &[Block]) -> bool {
        // The lines of the only paragraph are those of the message.
        if let [Block::Paragraph(parts)] = blocks {
            self.inlines(parent, parts);
            return false;
        }
        self.blocks(parent, blocks);
        !blocks.is_empty()
    }

    fn blocks(self, parent: &Element, blocks: &[Block]) {
        for block in blocks {
            self.block(parent, block);
        }
    }

    fn block(self, parent: &Element, block: &Block) {
        match block {
            Block::Paragraph(parts) => self.inlines(&child(parent, "p", ""), parts),
            Block::Heading(level, parts) => {
                let heading = child(parent, "p", if *level < 3 { "heading large" } else { "heading" });
                // Below the headings of the page.
                let level = (level + 2).min(6).to_string();
                set(&heading, &[("role", "heading"), ("aria-level", level.as_str())]);
                self.inlines(&heading, parts);
            }
            Block::Quote(blocks) => self.blocks(&child(parent, "blockquote", ""), blocks),
            Block::List(list) => self.list(parent, list),
            Block::Code { language, text } => code::show(parent, language, text, self.locale),
            Block::Table(table) => self.table(parent, table),
            Block::Rule => {
                child(parent, "hr", "");
            }
        }
    }

    fn list(self, parent: &Element, list: &List) {
        let (tag, class) = match list.marker {
            Marker::Bullet => ("ul", ""),
            Marker::Dot => ("ol", ""),
            Marker::Bracket => ("ol", "bracket"),
        };
        let element = child(parent, tag, class);
        for item in &list.items {
            let line = child(&element, "li", if item.done.is_some() { "task" } else { "" });
            if list.marker != Marker::Bullet {
                set(&line, &[("value", item.number.to_string().as_str())]);
            }
            self.item(&line, item);
        }
    }

    fn item(self, line: &Element, item: &ListItem) {
        if let Some(done) = item.done {
            let label = match done {
                true => td_string!(self.locale, message_text.task_done),
                false => td_string!(self.locale, message_text.task_open),
            };
            let sign = child(line, "span", if done { "task-box done" } else { "task-box" });
            set(&sign, &[("role", "img"), ("aria-label", label)]);
        }
        match item.blocks.split_first() {
            Some((Block::Paragraph(parts), rest)) => {
                self.inlines(line, parts);
                self.blocks(line, rest);
            }
            _ => self.blocks(line, &item.blocks),
        }
    }

    fn table(self, parent: &Element, table: &Table) {
        let frame = child(parent, "div", "table-frame");
        let label = td_string!(self.locale, message_text.table);
        set(&frame, &[("tabindex", "0"), ("role", "group"), ("aria-label", label)]);
        let element = child(&frame, "table", "");
        let row = |part: &Element, cells: &[Vec<Inline>], tag: &str| {
            let row = child(part, "tr", "");
            for (index, parts) in cells.iter().enumerate() {
                let class = match table.alignments.get(index) {
                    Some(Alignment::Center) => "center",
                    Some(Alignment::End) => "end",
                    _ => "",
                };
                self.inlines(&child(&row, tag, class), parts);
            }
        };
        row(&child(&element, "thead", ""), &table.head, "th");
        let body = child(&element, "tbody", "");
        table.rows.iter().for_each(|cells| row(&body, cells, "td"));
    }

    fn inlines(self, parent: &Element, parts: &[Inline]) {
        for part in parts {
            self.inline(parent, part);
        }
    }

    fn inline(self, parent: &Element, part: &Inline) {
        match part {
            Inline::Text(part) => text(parent, part),
            Inline::Code(code) => text(&child(parent, "code", ""), code),
            Inline::Emphasis(parts) => self.inlines(&child(parent, "em", ""), parts),
            Inline::Strong(parts) => self.inlines(&child(parent, "strong", ""), parts),
            Inline::Strikethrough(parts) => self.inlines(&child(parent, "s", ""), parts),
            Inline::Spoiler(parts) => {
                let spoiler = child(parent, "span", "spoiler");
                let toggle = child(&spoiler, "button", "spoiler-toggle");
                let label = td_string!(self.locale, message_text.spoiler);
                set(&toggle, &[("type", "button"), ("aria-expanded", "false"), ("aria-label", label)]);
                let hidden = child(&spoiler, "span", "spoiler-text");
                set(&hidden, &[("inert", "")]);
                self.inlines(&hidden, parts);
            }
            Inline::Link { href, content, host } => {
                let link = child(parent, "a", "");
                set(
                    &link,
                    &[("href", href.as_str()), ("target", "_blank"), ("rel", "noopener noreferrer nofollow")],
                );
                self.inlines(&link, content);
                if let Some(host) = host {
                    text(&child(&link, "bdi", "link-host"), &format!(" ({host})"));
                }
            }
            Inline::Mention { user, text: name } => {
                let (me, who) = self.chat.state.with_untracked(|state| {
                    (state.me().is_some_and(|me| me.id == *user), state.user(*user).map(name_with_unique))
                });
                let class = match *user {
                    UserId::ALL | UserId::HERE => "mention all",
                    _ if me => "mention me",
                    _ => "mention",
                };
                let mention = child(parent, "span", class);
                set(
                    &mention,
                    &[
                        ("data-testid", "mention"),
                        ("title", strip_direction_controls(&who.unwrap_or_default()).as_str()),
                    ],
                );
                text(&mention, name);
            }
        }
    }
}

/// Shows what a spoiler hides, or hides it again.
pub(super) fn toggle_spoiler(spoiler: &Element) {
    let shown = spoiler.class_list().toggle("shown").unwrap_or_default();
    if let Some(toggle) = spoiler.first_element_child() {
        set(&toggle, &[("aria-expanded", if shown { "true" } else { "false" })]);
    }
    if let Some(hidden) = spoiler.last_element_child() {
        let _ = hidden.toggle_attribute_with_force("inert", !shown);
    }
}
