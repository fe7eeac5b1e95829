//! Envoy's CheckRequest in protobuf: no bytes may panic, and a yes needs the one key that may.

#![no_main]

mod faces;

use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use gateway::faces::{Peer, envoy_grpc};
use http_body_util::{BodyExt, Full};
use tonic::codegen::Service;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut frame = BytesMut::with_capacity(bytes.len() + 5);
    frame.put_u8(0);
    frame.put_u32(bytes.len() as u32);
    frame.put_slice(bytes);
    let mut request = http::Request::post("/envoy.service.auth.v3.Authorization/Check")
        .header("content-type", "application/grpc")
        .body(Full::new(frame.freeze()))
        .expect("a request");
    request.extensions_mut().insert(Peer(faces::PEER));
    let mut server = envoy_grpc(faces::Desk, Arc::new(faces::options()));
    let answer = futures::executor::block_on(async {
        let response = server.call(request).await.expect("tonic answers every call");
        response.into_body().collect().await.map(|body| body.to_bytes()).unwrap_or_else(|_| Bytes::new())
    });
    let has = |part: &[u8]| answer.windows(part.len()).any(|window| window == part);
    if has(b"allow") && has(b"x-ringfence-effect") {
        assert!(bytes.windows(3).any(|window| window == b"key"), "a yes without the key");
    }
});
