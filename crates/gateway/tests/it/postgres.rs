//! A schema of PostgreSQL for one test.

use sqlx::{Connection, PgConnection};

/// Gone after [`Schema::drop`].
pub(crate) struct Schema {
    server: String,
    name: String,
    pub(crate) url: String,
}

impl Schema {
    pub(crate) async fn make(server: &str) -> Self {
        let name = format!("ringfence_gateway_{}", std::process::id());
        let schema = Self { server: server.to_owned(), url: format!("{server}?options[search_path]={name}"), name };
        schema.run(&format!("CREATE SCHEMA {}", schema.name)).await;
        schema
    }

    pub(crate) async fn drop(self) {
        self.run(&format!("DROP SCHEMA {} CASCADE", self.name)).await;
    }

    async fn run(&self, sql: &str) {
        let mut connection = PgConnection::connect(&self.server).await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    }
}
