//! A small folder of statements, and a desk over it.

use std::{fs, sync::Arc};

use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use http_body_util::BodyExt;
use jiff::civil::{Date, date};
use screening::{Desk, Loaded, Register, Settings, StatementFolder};
use serde_json::Value;
use tempfile::TempDir;
use tower_service::Service;

pub(crate) const DAY: Date = date(2026, 3, 1);

/// A vendor's holding in Shenzhen owns most of a company in Singapore, which owns part of one in Delaware; a listed party stands beside them.
const FILES: &[(&str, &str)] = &[
    (
        "stakes.csv",
        "owner,owned,percent,source\nhan,lion,60,register\nlion,falcon,30,register\nsun,falcon,70,register\nlisted,heron,55,filing\nalike,crane,80,filing\n",
    ),
    (
        "entities.csv",
        "id,name,kind,jurisdiction,hq_country\nhan,Hanlu Data Holding Co Ltd,company,cn,cn\nlion,Lionrock Compute Pte Ltd,company,sg,sg\n\
         falcon,Falconbyte Inc,company,us,us\nsun,Sunny Meadow Partners LLC,company,us,us\nheron,Heron Shipping SA,company,pa,pa\n\
         alike,Gorsk Machine Tools OOO,company,kz,kz\ncrane,Crane Forge GmbH,company,de,de\nlonely,Nobody Says Ltd,company,gb,gb\n",
    ),
    (
        "list.csv",
        "id,name,list,alias,identifier\nlisted,Volkhov Trading House,ofac-sdn,VTH;Volkhov TD,LEI:529900T8BM49AURSDO55\n\
         other,Gorsk Machine Tools,ofac-sdn,,\n",
    ),
];

pub(crate) fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// Loads a folder; gives what was refused as `file:line reason`.
pub(crate) fn load(folder: &TempDir) -> (Result<Loaded, String>, Vec<String>) {
    let mut refused = Vec::new();
    let loaded = StatementFolder::at(folder.path()).load(
        &mut |file, reject| refused.push(format!("{file}:{} {}: {}", reject.line, reject.reason, reject.detail)),
        &mut |_, _| {},
    );
    let shown = folder.path().display().to_string();
    (loaded.map_err(|error| error.to_string().replace(&shown, "FOLDER")), refused)
}

pub(crate) fn register() -> Register {
    let (loaded, refused) = load(&folder(FILES));
    assert_eq!(refused, Vec::<String>::new());
    loaded.unwrap().register
}

pub(crate) fn settings(token: Option<&str>) -> Settings {
    Settings {
        dataset: "ownership".to_owned(),
        regime: "model-vendor-2025".to_owned(),
        token: token.map(str::to_owned),
        base: "http://127.0.0.1:8082".to_owned(),
    }
}

pub(crate) fn desk(token: Option<&str>) -> Router {
    Desk::new(Arc::new(register()), settings(token)).router()
}

pub(crate) async fn ask(router: &mut Router, request: Request<Body>) -> (u16, Value) {
    let response = router.call(request).await.unwrap();
    let status = response.status().as_u16();
    let body = response.into_body().collect().await.unwrap().to_bytes();
    (
        status,
        serde_json::from_slice(&body).unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&body).into_owned())),
    )
}

pub(crate) async fn get(router: &mut Router, path: &str) -> (u16, Value) {
    ask(router, Request::get(path).body(Body::empty()).unwrap()).await
}

pub(crate) async fn post(router: &mut Router, path: &str, kind: &str, body: &str) -> (u16, Value) {
    let request = Request::builder().method(Method::POST).uri(path).header("content-type", kind);
    ask(router, request.body(Body::from(body.to_owned())).unwrap()).await
}
