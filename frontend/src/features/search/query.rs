//! What is searched for, as the field has it: filters, which are chips, and the words behind them.

use confab_shared::search_query::{SearchQuery, TermKind};

/// A filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Filter {
    /// As it is written in a query.
    pub(super) source: String,
    pub(super) negated: bool,
    pub(super) kind: TermKind,
}

/// Filters, and words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) filters: Vec<Filter>,
    pub(super) text: String,
}

impl Query {
    /// The query of an address: every filter of it is a chip.
    pub(super) fn of(source: &str) -> Self {
        Self::default().with_text(source, true)
    }

    /// With what is in the field now. A filter becomes a chip once something stands behind it.
    pub(super) fn typed(&self, text: &str) -> Self {
        self.with_text(text, false)
    }

    /// With the filter at the end of the text as a chip, too.
    pub(super) fn committed(&self) -> Self {
        self.with_text(&self.text, true)
    }

    fn with_text(&self, text: &str, at_end: bool) -> Self {
        let (mut filters, mut rest, mut from) = (self.filters.clone(), String::new(), 0);
        for term in SearchQuery::parse(text).terms {
            let range = term.range.clone();
            if matches!(term.kind, TermKind::Word(_) | TermKind::Phrase(_))
                || (range.end == text.len() && !at_end)
            {
                continue;
            }
            let source = text[range.clone()].to_owned();
            if filters.iter().all(|filter| filter.source != source) {
                filters.push(Filter { source, negated: term.negated, kind: term.kind });
            }
            rest += &text[from..range.start];
            from = range.end;
            // Its space goes with it.
            if rest.is_empty() || rest.ends_with(' ') {
                from += text[from..].len() - text[from..].trim_start().len();
            }
        }
        rest += &text[from..];
        Self { filters, text: rest }
    }

    /// As it is written in an address. White space at the end says that the last word is whole.
    pub(super) fn source(&self) -> String {
        let text = self.text.trim_start();
        let words = text.trim_end();
        let end = if !words.is_empty() && words.len() < text.len() { " " } else { "" };
        let filters = self.filters.iter().map(|filter| filter.source.as_str());
        filters.chain([words]).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ") + end
    }

    pub(super) fn is_empty(&self) -> bool {
        self.filters.is_empty() && self.text.trim().is_empty()
    }

    /// Without a filter.
    pub(super) fn without(&self, index: usize) -> Self {
        let mut query = self.clone();
        query.filters.remove(index);
        query
    }

    /// With the last filter as text again, to be edited.
    pub(super) fn reopened(&self) -> Self {
        let mut query = self.clone();
        if let Some(filter) = query.filters.pop() {
            query.text.insert_str(0, &filter.source);
        }
        query
    }

    /// With a filter turned into its opposite.
    pub(super) fn negated(&self, index: usize) -> Self {
        let mut query = self.clone();
        if let Some(filter) = query.filters.get_mut(index) {
            filter.source = match filter.source.strip_prefix('-') {
                Some(source) => source.to_owned(),
                None => format!("-{}", filter.source),
            };
            filter.negated = !filter.negated;
        }
        query
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(query: &Query) -> Vec<&str> {
        query.filters.iter().map(|filter| filter.source.as_str()).collect()
    }

    #[test]
    fn filters_of_an_address_are_chips_and_the_rest_is_text() {
        let query = Query::of("train from:anna -has:file \"platform 3\" in:#7");
        assert_eq!(filters(&query), ["from:anna", "-has:file", "in:#7"]);
        assert_eq!(query.text, "train \"platform 3\" ");
        assert_eq!(query.source(), "from:anna -has:file in:#7 train \"platform 3\" ");
        assert_eq!(Query::of("train  ").source(), "train ", "a whole word");
        assert_eq!(Query::of(&query.source()).source(), query.source());
        assert_eq!(Query::of(""), Query::default());
        assert!(Query::of("  ").is_empty());
    }

    #[test]
    fn a_typed_filter_is_a_chip_once_something_stands_behind_it() {
        let query = Query::default().typed("from:anna");
        assert_eq!((filters(&query), query.text.as_str()), (vec![], "from:anna"));
        let query = query.typed("from:anna ");
        assert_eq!((filters(&query), query.text.as_str()), (vec!["from:anna"], ""));
        let query = query.typed("车站 is:pinned");
        assert_eq!((filters(&query), query.text.as_str()), (vec!["from:anna"], "车站 is:pinned"));
        let query = query.committed();
        assert_eq!((filters(&query), query.text.as_str()), (vec!["from:anna", "is:pinned"], "车站 "));
        assert_eq!(filters(&query.typed("from:anna ")), ["from:anna", "is:pinned"], "not twice");
    }

    #[test]
    fn chips_are_removed_negated_and_edited() {
        let query = Query::of("from:anna is:pinned train");
        assert_eq!(query.without(0).source(), "is:pinned train");
        assert_eq!(query.negated(1).source(), "from:anna -is:pinned train");
        assert_eq!(query.negated(1).negated(1), query);
        let reopened = query.without(1).typed("").reopened();
        assert_eq!((reopened.filters.len(), reopened.text.as_str()), (0, "from:anna"));
    }
}
