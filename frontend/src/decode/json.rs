//! A tree of JSON, as far as the wire goes: its numbers are whole and not negative. A general parser would be ten
//! times the size.

/// How deep values may lie in each other: far deeper than any of ours.
const MAX_DEPTH: usize = 32;

/// One value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(u64),
    /// A number that is none of ours.
    OtherNumber,
    Text(String),
    List(Vec<Json>),
    Record(Vec<(String, Json)>),
}

impl Json {
    /// Reads a text that is one value and nothing else; none where it is not.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { text, place: 0 };
        let value = parser.value(MAX_DEPTH)?;
        parser.next_is_nothing().then_some(value)
    }

    /// A record's field; null where there is none.
    pub(crate) fn get(&self, name: &str) -> &Self {
        let Self::Record(fields) = self else { return &Self::Null };
        // The last of two of one name counts, as everywhere.
        fields.iter().rev().find(|(field, _)| field == name).map_or(&Self::Null, |(_, value)| value)
    }

    /// Its text, where it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

struct Parser<'a> {
    text: &'a str,
    place: usize,
}

impl<'a> Parser<'a> {
    fn value(&mut self, depth: usize) -> Option<Json> {
        let depth = depth.checked_sub(1)?;
        match self.peek()? {
            b'"' => self.string().map(Json::Text),
            b'{' => {
                let mut fields = Vec::new();
                self.items(b'}', |parser| {
                    let name = if parser.peek()? == b'"' { parser.string()? } else { return None };
                    parser.take(b':')?;
                    fields.push((name, parser.value(depth)?));
                    Some(())
                })?;
                Some(Json::Record(fields))
            }
            b'[' => {
                let mut values = Vec::new();
                self.items(b']', |parser| {
                    values.push(parser.value(depth)?);
                    Some(())
                })?;
                Some(Json::List(values))
            }
            b'-' | b'0'..=b'9' => self.number(),
            _ => [("null", Json::Null), ("true", Json::Bool(true)), ("false", Json::Bool(false))]
                .into_iter()
                .find(|(word, _)| self.rest().starts_with(word.as_bytes()))
                .map(|(word, value)| {
                    self.place += word.len();
                    value
                }),
        }
    }

    /// What stands between brackets, with commas between.
    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.place += 1;
        if self.peek()? == end {
            return self.take(end);
        }
        loop {
            item(self)?;
            if self.peek()? == end {
                return self.take(end);
            }
            self.take(b',')?;
        }
    }

    fn number(&mut self) -> Option<Json> {
        let length =
            self.rest().iter().take_while(|b| matches!(b, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'));
        let length = length.count();
        let digits = &self.text[self.place..self.place + length];
        self.place += length;
        let whole = digits.bytes().all(|b| b.is_ascii_digit());
        let plain = whole && (digits.len() == 1 || !digits.starts_with('0'));
        Some(if plain { digits.parse().map_or(Json::OtherNumber, Json::Number) } else { Json::OtherNumber })
    }

    fn string(&mut self) -> Option<String> {
        self.place += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest().iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20))?;
            text += &self.text[self.place..self.place + plain];
            self.place += plain + 1;
            match self.text.as_bytes()[self.place - 1] {
                b'"' => return Some(text),
                b'\\' => text.push(self.escaped()?),
                _ => return None,
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let escape = *self.rest().first()?;
        self.place += 1;
        Some(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                // Half of a pair: the other has to follow.
                if (0xd800..0xdc00).contains(&unit) {
                    let follows = self.rest().starts_with(b"\\u");
                    self.place += 2;
                    let low = if follows { self.unit()?.checked_sub(0xdc00)? } else { return None };
                    return char::from_u32(0x1_0000 + ((unit - 0xd800) << 10) + low).filter(|_| low < 0x400);
                }
                char::from_u32(unit)?
            }
            _ => return None,
        })
    }

    fn unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4)?;
        self.place += 4;
        digits.iter().try_fold(0, |unit, digit| Some((unit << 4) + char::from(*digit).to_digit(16)?))
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.place..]
    }

    /// What comes next that is no space.
    fn peek(&mut self) -> Option<u8> {
        self.place += self.rest().iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.rest().first().copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.place += 1)
    }

    fn next_is_nothing(&mut self) -> bool {
        self.peek().is_none()
    }
}
