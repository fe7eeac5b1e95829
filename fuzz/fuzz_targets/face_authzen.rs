//! AuthZEN evaluations: whatever is posted, the answer is JSON, and a yes names the one account that may.

#![no_main]

mod faces;

use gateway::faces::{Endpoint, serve};
use http_body_util::Full;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    for (endpoint, path) in
        [(Endpoint::Evaluation, "/access/v1/evaluation"), (Endpoint::Evaluations, "/access/v1/evaluations")]
    {
        let request = http::Request::post(path)
            .header("content-type", "application/json")
            .body(Full::new(bytes::Bytes::copy_from_slice(bytes)))
            .expect("a request");
        let answer =
            futures::executor::block_on(serve(endpoint, request, faces::PEER, &faces::Desk, &faces::options()));
        assert!([200, 400, 413].contains(&answer.status().as_u16()));
        let body: serde_json::Value = serde_json::from_slice(answer.body()).expect("answers are JSON");
        let yes = |answer: &serde_json::Value| answer["decision"] == true;
        if yes(&body) || body["evaluations"].as_array().is_some_and(|list| list.iter().any(yes)) {
            assert!(bytes.windows(4).any(|window| window == b"acct") || bytes.contains(&b'\\'));
        }
    }
});
