//! A JSON tree, as far as the wire needs it: numbers are unsigned integers. A general parser is ten times the size.

/// The deepest nesting that is parsed, far beyond that of any frame.
const MAX_DEPTH: usize = 32;

/// A JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// `null`; also what is missing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// An unsigned integer of at most 64 bits.
    Number(u64),
    /// A negative number, a fraction, or one beyond 64 bits.
    OtherNumber,
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object: its fields in their order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Parses a text that is one JSON value; none where it is not.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut parser = Parser { text, position: 0 };
        let value = parser.value(MAX_DEPTH)?;
        parser.is_at_end().then_some(value)
    }

    /// A field of an object; null where it is missing.
    #[must_use]
    pub fn get(&self, name: &str) -> &Self {
        let Self::Object(fields) = self else { return &Self::Null };
        // Of two fields of one name the last counts, as in other parsers.
        fields.iter().rev().find(|(field, _)| field == name).map_or(&Self::Null, |(_, value)| value)
    }

    /// The string, where the value is one.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }
}

struct Parser<'a> {
    text: &'a str,
    position: usize,
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
                Some(Json::Object(fields))
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
                    self.position += word.len();
                    value
                }),
        }
    }

    /// Parses the comma-separated items up to the closing bracket.
    fn items(&mut self, end: u8, mut item: impl FnMut(&mut Self) -> Option<()>) -> Option<()> {
        self.position += 1;
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
        let digits = &self.text[self.position..self.position + length];
        self.position += length;
        let whole = digits.bytes().all(|b| b.is_ascii_digit());
        let plain = whole && (digits.len() == 1 || !digits.starts_with('0'));
        Some(if plain { digits.parse().map_or(Json::OtherNumber, Json::Number) } else { Json::OtherNumber })
    }

    fn string(&mut self) -> Option<String> {
        self.position += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest().iter().position(|b| matches!(b, b'"' | b'\\' | 0..0x20))?;
            text += &self.text[self.position..self.position + plain];
            self.position += plain + 1;
            match self.text.as_bytes()[self.position - 1] {
                b'"' => return Some(text),
                b'\\' => text.push(self.escaped()?),
                _ => return None,
            }
        }
    }

    fn escaped(&mut self) -> Option<char> {
        let escape = *self.rest().first()?;
        self.position += 1;
        Some(match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let unit = self.unit()?;
                // A high surrogate: the low one has to follow.
                if (0xd800..0xdc00).contains(&unit) {
                    let follows = self.rest().starts_with(b"\\u");
                    self.position += 2;
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
        self.position += 4;
        digits.iter().try_fold(0, |unit, digit| Some((unit << 4) + char::from(*digit).to_digit(16)?))
    }

    fn rest(&self) -> &'a [u8] {
        &self.text.as_bytes()[self.position..]
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.position += self.rest().iter().take_while(|b| matches!(b, b' ' | b'\n' | b'\r' | b'\t')).count();
        self.rest().first().copied()
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.peek()? == wanted).then(|| self.position += 1)
    }

    fn is_at_end(&mut self) -> bool {
        self.peek().is_none()
    }
}
