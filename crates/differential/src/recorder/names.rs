//! Answers to look-ups of names: every name is this machine.

use std::net::Ipv4Addr;

use hickory_proto::{
    op::{Message, MessageType},
    rr::{RData, Record, RecordType, rdata::A},
};

/// The name that a message asks for, and the answer to it; nothing for what is no question.
pub fn question(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let asked = Message::from_vec(bytes).ok().filter(|m| m.metadata.message_type == MessageType::Query)?;
    let query = asked.queries.first()?.clone();
    let mut answer = Message::response(asked.metadata.id, asked.metadata.op_code);
    answer.metadata.recursion_desired = asked.metadata.recursion_desired;
    answer.metadata.recursion_available = true;
    if query.query_type == RecordType::A {
        answer.add_answer(Record::from_rdata(query.name.clone(), 1, RData::A(A(Ipv4Addr::LOCALHOST))));
    }
    let name = query.name.to_utf8();
    answer.add_query(query);
    Some((name.trim_end_matches('.').to_owned(), answer.to_vec().ok()?))
}
