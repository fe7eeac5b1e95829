//! Answers to look-ups of names: every name is this machine.

use std::net::Ipv4Addr;

use simple_dns::{
    CLASS, Packet, PacketFlag, QTYPE, ResourceRecord, TYPE,
    rdata::{A, RData},
};

/// The name that a message asks for, and the answer to it; nothing for what is no question.
pub fn question(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let asked = Packet::parse(bytes).ok().filter(|p| !p.has_flags(PacketFlag::RESPONSE))?;
    let query = asked.questions.first()?;
    let mut answer = Packet::new_reply(asked.id());
    answer.set_flags(PacketFlag::RECURSION_AVAILABLE | PacketFlag::RECURSION_DESIRED);
    if query.qtype == QTYPE::TYPE(TYPE::A) {
        let here = RData::A(A::from(Ipv4Addr::LOCALHOST));
        answer.answers.push(ResourceRecord::new(query.qname.clone(), CLASS::IN, 1, here));
    }
    answer.questions.push(query.clone());
    Some((query.qname.to_string(), answer.build_bytes_vec().ok()?))
}
