//! Every query can be sent to a cluster: its plans survive being written, sent and read by a stranger.

use arrow::util::pretty::pretty_format_batches;
use datafusion::{
    physical_plan::collect,
    prelude::{DataFrame, SessionConfig, SessionContext},
};
use datafusion_proto::bytes::{
    logical_plan_from_bytes, logical_plan_to_bytes, physical_plan_from_bytes, physical_plan_to_bytes,
};
use lake::queries::{self, Attribute, Columns, Query, SketchColumn};

use crate::{
    queries::sample,
    rows::{import, lake, session},
};

/// The rows as text, in an order that does not depend on the plan.
fn shown(batches: &[arrow::array::RecordBatch]) -> Vec<String> {
    let table = pretty_format_batches(batches).expect("printable").to_string();
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

async fn check(name: &str, frame: DataFrame) {
    let expected = shown(&frame.clone().collect().await.expect("sound"));
    assert!(expected.len() > 4, "{name} answers something: {expected:?}");

    let bytes = logical_plan_to_bytes(frame.logical_plan()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let stranger = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(3));
    let plan = logical_plan_from_bytes(&bytes, &stranger.task_ctx()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let answer = stranger.execute_logical_plan(plan).await.expect("a plan").collect().await.expect("sound");
    assert_eq!(shown(&answer), expected, "{name} as a logical plan");

    let plan = frame.create_physical_plan().await.expect("a plan");
    let bytes = physical_plan_to_bytes(plan).unwrap_or_else(|e| panic!("{name}: {e}"));
    let stranger = SessionContext::new();
    let plan = physical_plan_from_bytes(&bytes, &stranger.task_ctx()).unwrap_or_else(|e| panic!("{name}: {e}"));
    let answer = collect(plan, stranger.task_ctx()).await.unwrap_or_else(|e| panic!("{name}: {e}"));
    assert_eq!(shown(&answer), expected, "{name} as a physical plan");
}

#[tokio::test]
async fn a_stranger_can_run_every_query() {
    let folder = tempfile::tempdir().expect("a folder");
    let lake = lake(folder.path()).await;
    for rows in sample(3).chunks(700) {
        import(&lake, rows).await;
    }
    let session = session(&lake, folder.path()).await;
    for column in ["prefix_8", "system_key"] {
        let column: SketchColumn = column.parse().expect("a column");
        check_sql(&session, &queries::template_uses(column, 2, 2)).await;
        check_sql(&session, &queries::distinct(column)).await;
    }
    check_sql(&session, &queries::totals()).await;
    check_sql(&session, &queries::profiles()).await;
    check_sql(&session, &queries::hours()).await;
    check_sql(&session, &queries::attribute_uses(Attribute::Network)).await;
    check_sql(&session, &queries::user_agent_uses()).await;
    check_sql(&session, &queries::model_starts()).await;
    check_sql(&session, &queries::marked()).await;
    check_sql(&session, &queries::account_names()).await;
    let wanted = [("prefix_8".parse().expect("a column"), vec![0, 12, u64::MAX])];
    check("carriers", queries::carriers_plan(&session, &wanted).await.expect("a plan")).await;
}

async fn check_sql<T: Columns>(session: &SessionContext, query: &Query<T>) {
    check(query.name(), session.sql(query.sql()).await.expect("sound sql")).await;
}
