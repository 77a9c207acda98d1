//! Finds the counterparts of signs: CommonMark's rule, once through the tokens.

use super::token::{Kind, Signs, Style, Token};

/// How many open signs are looked at for a counterpart: a bound for texts made of signs.
const MAX_LOOKED_AT: usize = 64;

/// Pairs the signs of tokens. Those of a link's text pair among themselves.
pub(super) fn pair(tokens: &mut [Token]) {
    let mut open: Vec<usize> = Vec::new();
    let mut outside_link = 0;
    for at in 0..tokens.len() {
        match &tokens[at].kind {
            Kind::LinkBegins(_) => outside_link = open.len(),
            Kind::LinkEnds => {
                open.truncate(outside_link);
                outside_link = 0;
            }
            Kind::Signs(signs) => {
                if signs.may_close {
                    close(tokens, at, &mut open, outside_link);
                }
                if signs_of(tokens, at).is_some_and(|signs| signs.may_open && signs.left > 0) {
                    open.push(at);
                }
            }
            _ => {}
        }
    }
}

/// Ends what ends with the signs at a place.
fn close(tokens: &mut [Token], at: usize, open: &mut Vec<usize>, outside_link: usize) {
    loop {
        let Some(closing) = signs_of(tokens, at).filter(|signs| signs.left > 0) else { return };
        let candidates = open[outside_link..].iter().enumerate().rev().take(MAX_LOOKED_AT);
        let found = candidates
            .filter_map(|(index, opening)| Some((outside_link + index, signs_of(tokens, *opening)?)))
            .find_map(|(index, opening)| Some((index, style(opening, closing)?)));
        let Some((index, style)) = found else { return };
        let opening = open[index];
        open.truncate(index + 1);
        if let Kind::Signs(closing) = &mut tokens[at].kind {
            closing.left -= style.width();
            closing.closed.push(style);
        }
        if let Kind::Signs(opening) = &mut tokens[opening].kind {
            opening.left -= style.width();
            opening.opened.push(style);
            if opening.left == 0 {
                open.pop();
            }
        }
    }
}

fn signs_of(tokens: &[Token], at: usize) -> Option<&Signs> {
    match &tokens[at].kind {
        Kind::Signs(signs) => Some(signs),
        _ => None,
    }
}

/// What two runs of signs mean together; none where they are no pair.
fn style(opening: &Signs, closing: &Signs) -> Option<Style> {
    if opening.sign != closing.sign {
        return None;
    }
    match opening.sign {
        b'~' => Some(Style::Strikethrough),
        b'|' => Some(Style::Spoiler),
        _ => {
            let either_way = opening.may_close || closing.may_open;
            let thirds = (opening.count + closing.count).is_multiple_of(3)
                && !(opening.count.is_multiple_of(3) && closing.count.is_multiple_of(3));
            let is_strong = opening.left >= 2 && closing.left >= 2;
            (!(either_way && thirds)).then_some(if is_strong { Style::Strong } else { Style::Emphasis })
        }
    }
}
