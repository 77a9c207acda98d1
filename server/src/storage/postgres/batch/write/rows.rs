//! Rows as the parameters of a statement: a column each.

use confab_shared::id::{ConversationId, Seq, UserId};

use crate::storage::postgres::{batch::pipeline::Query, columns::parameter};

/// Columns of numbers, of rows of them.
pub(super) fn transposed<const N: usize>(rows: impl Iterator<Item = [i64; N]>) -> [Vec<i64>; N] {
    let mut columns = [const { Vec::new() }; N];
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value);
        }
    }
    columns
}

/// Adds a statement whose first parameters are columns of numbers, unless there is no row.
pub(super) fn push<'s, const N: usize>(
    queries: &mut Vec<Query<'s>>,
    sql: &'s str,
    rows: impl Iterator<Item = [i64; N]>,
    rest: impl FnOnce(Query<'s>) -> Query<'s>,
) {
    let columns = transposed(rows);
    if columns.iter().all(Vec::is_empty) {
        return;
    }
    let query = columns.into_iter().fold(Query::new(sql), Query::with);
    queries.push(rest(query));
}

pub(super) fn no_more<'s>(query: Query<'s>) -> Query<'s> {
    query
}

pub(super) fn user(id: UserId) -> i64 {
    parameter(id.0)
}

pub(super) fn at(seq: Seq) -> i64 {
    parameter(seq.0)
}

pub(super) fn id_of(id: ConversationId) -> i64 {
    parameter(id.0)
}
