//! Statements that are sent together, in one order, and cost one round trip.

use deadpool_postgres::Client;
use futures_util::future::join_all;
use tokio_postgres::{Row, types::ToSql};

use crate::storage::postgres::failure::Failure;

/// A statement with its parameters.
pub(in crate::storage::postgres) struct Query<'a> {
    sql: &'a str,
    parameters: Vec<Box<dyn ToSql + Sync + Send + 'a>>,
}

impl<'a> Query<'a> {
    pub(in crate::storage::postgres) fn new(sql: &'a str) -> Self {
        Self { sql, parameters: Vec::new() }
    }

    /// With a further parameter.
    pub(in crate::storage::postgres) fn with(mut self, parameter: impl ToSql + Sync + Send + 'a) -> Self {
        self.parameters.push(Box::new(parameter));
        self
    }
}

/// Executes statements in their order, and answers the rows of each. Where one fails, those behind it fail, too: they are
/// of one transaction.
pub(in crate::storage::postgres) async fn execute(
    client: &Client,
    queries: &[Query<'_>],
) -> Result<Vec<Vec<Row>>, Failure> {
    let mut statements = Vec::with_capacity(queries.len());
    for query in queries {
        statements.push(client.prepare_cached(query.sql).await?);
    }
    let parameters: Vec<Vec<&(dyn ToSql + Sync)>> = queries
        .iter()
        .map(|query| query.parameters.iter().map(|parameter| &**parameter as &(dyn ToSql + Sync)).collect())
        .collect();
    // A statement is sent when its future is first polled, and these are polled in their order.
    let running =
        statements.iter().zip(&parameters).map(|(statement, parameters)| client.query(statement, parameters));
    let results = join_all(running).await;
    // The first failure is the cause of the others.
    Ok(results.into_iter().collect::<Result<_, _>>()?)
}
