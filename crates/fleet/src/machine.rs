//! What machines send. Who they are is in their signatures, so they need no token.

use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    Json,
    body::Bytes,
    extract::{ConnectInfo, State, rejection::BytesRejection},
    http::StatusCode,
};
use jiff::Timestamp;
use serde_json::json;
use store::{Fingerprint, fleet::MachineKey};
use sweep::{
    attest::{self, AttestError, Envelope},
    fleet::{self, Enrolment, Leave, LeaveRequest, Receipt, Refused, Welcome},
};
use tokio::sync::oneshot;

use crate::{
    desk::{Desk, Note, told},
    fault::Fault,
    intake::Job,
};

type Answer = Result<Json<Envelope>, Fault>;
type Body = Result<Bytes, BytesRejection>;

/// Largest enrolment or request for leave, in bytes.
const SMALL: usize = 64 << 10;

pub(crate) async fn enrol(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: Body,
) -> Answer {
    let body = read(&desk, peer, body, SMALL)?;
    watched(&desk, peer, async {
        let enrolment = Enrolment::open(&body)?;
        let id = key_id(&attest::key_id(&enrolment.key))?;
        let done = desk.store.enrol(&enrolment, &id, desk.now()?).await??;
        let note = json!({
            "machine": enrolment.machine, "key": id.to_string(), "token": enrolment.token.to_string(), "enrolled": told(done.at),
        });
        desk.note(Note { kind: "fleet-enrolment", body: note }).await?;
        tracing::info!(fleet.machine = enrolment.machine.as_str(), again = done.again, "a machine has enrolled");
        let welcome = Welcome::new(&enrolment.machine, &enrolment.key, &desk.key.verifying_key(), told(done.at));
        signed(welcome.sign(&desk.key))
    })
    .await
}

pub(crate) async fn report(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: Body,
) -> Answer {
    let body = read(&desk, peer, body, fleet::MAX_REPORT)?;
    watched(&desk, peer, async {
        let key = known(&desk, &fleet::key_id(&body)?).await?;
        desk.reports.take(key.id, Timestamp::now()).map_err(Fault::too_often)?;
        let public = ed25519(&key)?;
        let report = fleet::open(&body, &public)?;
        let (answer, done) = oneshot::channel();
        let new = store::fleet::NewReport { key: key.id, report: report.clone(), envelope: body.to_vec() };
        desk.jobs.try_send(Job { new, answer }).map_err(|_| Fault::busy())?;
        let taken = done.await.map_err(|_| Fault::busy())??;
        signed(Receipt::of(&report, told(taken.received)).sign(&desk.key))
    })
    .await
}

pub(crate) async fn leave(
    State(desk): State<Arc<Desk>>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    body: Body,
) -> Answer {
    let body = read(&desk, peer, body, SMALL)?;
    watched(&desk, peer, async {
        let key = known(&desk, &LeaveRequest::key_id(&body)?).await?;
        desk.reports.take(key.id, Timestamp::now()).map_err(Fault::too_often)?;
        let request = LeaveRequest::open(&body, &ed25519(&key)?)?;
        let hosts = request.hosts.min(desk.settings.hosts);
        let asked = desk.store.ask_leave(&key.id, &request, hosts, desk.settings.leave, desk.now()?).await?;
        let granted = asked?;
        let leave = Leave {
            version: 1,
            machine: request.machine,
            ban: request.ban,
            plan: request.plan,
            granted: told(granted.granted),
            expires: told(granted.expires),
            held: granted.held,
            hosts: granted.hosts,
        };
        let note = json!({
            "machine": leave.machine, "ban": leave.ban, "plan": leave.plan, "granted": leave.granted, "expires": leave.expires,
            "held": leave.held, "hosts": leave.hosts, "objects": request.objects, "bytes": request.bytes,
        });
        desk.note(Note { kind: "fleet-leave", body: note }).await?;
        signed(leave.sign(&desk.key))
    })
    .await
}

/// The body, unless there is too much of it, or its sender has shown too much that is not theirs.
fn read(desk: &Desk, peer: SocketAddr, body: Body, most: usize) -> Result<Bytes, Fault> {
    desk.failures.look(address(peer), Timestamp::now()).map_err(Fault::too_often)?;
    let too_large = || {
        let detail = format!("a body of at most {most} bytes is taken");
        Fault::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
    };
    match body {
        Ok(body) if body.len() <= most => Ok(body),
        Ok(_) => Err(too_large()),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
        Err(_) => Err(Fault::asked_wrongly("the body broke off")),
    }
}

/// Counts what speaks of somebody who tries keys.
async fn watched(desk: &Desk, peer: SocketAddr, work: impl Future<Output = Answer>) -> Answer {
    let done = work.await;
    if let Err(fault) = &done
        && fault.is_suspicious()
    {
        tracing::warn!(client.address = %peer.ip(), ?fault, "something that is not a machine's was refused");
        _ = desk.failures.take(address(peer), Timestamp::now());
    }
    done
}

/// A host's address; of IPv6 the network that one host usually has.
fn address(peer: SocketAddr) -> IpAddr {
    match peer.ip().to_canonical() {
        IpAddr::V6(ip) => IpAddr::V6((u128::from(ip) & !u128::from(u64::MAX)).into()),
        v4 => v4,
    }
}

fn key_id(text: &str) -> Result<Fingerprint, Fault> {
    text.parse().map_err(|_| Refused::Forged(AttestError::Key).into())
}

async fn known(desk: &Desk, id: &str) -> Result<MachineKey, Fault> {
    let id = key_id(id)?;
    let found = desk.store.machine_key(&id).await?;
    let key = found.ok_or(Fault::from(store::fleet::NotTaken::UnknownKey))?;
    if key.revoked.is_some() { Err(store::fleet::NotTaken::Revoked.into()) } else { Ok(key) }
}

fn ed25519(key: &MachineKey) -> Result<attest::VerifyingKey, Fault> {
    attest::VerifyingKey::from_bytes(&key.public_key).map_err(|_| Refused::Forged(AttestError::Key).into())
}

fn signed(envelope: Result<Envelope, AttestError>) -> Answer {
    envelope.map(Json).map_err(|error| {
        tracing::error!(%error, "an answer cannot be signed");
        Fault::busy()
    })
}
