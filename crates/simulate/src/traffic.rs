//! All streams merged in time order, with answers from the service and retries.
//!
//! The heap holds one entry per stream, a stream at most one prompt to be sent again: memory is bounded by the cast.

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, binary_heap::PeekMut},
    sync::Arc,
};

use exchanges::{Exchange, PromptText};

use crate::{
    cast::{Cast, Member, Policy, Pool, Role},
    client::{MODELS, NEWEST},
    dice::Dice,
    identity::{instant, unique},
    rhythm::{Beat, MINUTE, SECOND},
    stream::{Route, Stream, Utterance},
    words::hex,
};

/// An exchange and the truth about it.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelled {
    pub exchange: Exchange,
    /// The campaign whose account sent it, for harvest and cover alike.
    pub campaign: Option<Arc<str>>,
    pub harvest: bool,
}

/// What has been emitted of a campaign.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Tally {
    pub(crate) exchanges: u64,
    pub(crate) harvest: u64,
    pub(crate) span: Option<(i64, i64)>,
}

/// The exchanges of a plan, in time order.
#[derive(Debug)]
pub struct Exchanges {
    cast: Cast,
    next: BinaryHeap<Reverse<(i64, u32, bool)>>,
    /// Hours in which the service is down for everybody.
    outages: Vec<(i64, i64)>,
    campaigns: Vec<Arc<str>>,
    pub(crate) tallies: Vec<Tally>,
    emitted: u64,
}

impl Exchanges {
    pub(crate) fn new(mut cast: Cast, outages: Vec<(i64, i64)>, campaigns: Vec<Arc<str>>) -> Self {
        let start = cast.start;
        let mut next = BinaryHeap::with_capacity(cast.streams.len());
        for (number, stream) in cast.streams.iter_mut().enumerate() {
            if let Some(beat) = stream.pacer.next(start, &mut stream.dice) {
                next.push(Reverse((beat.time, number as u32, beat.opens)));
            }
        }
        let tallies = vec![Tally::default(); campaigns.len()];
        Self { cast, next, outages, campaigns, tallies, emitted: 0 }
    }

    /// How many streams take part; with the accounts, all that is held in memory.
    pub fn streams(&self) -> usize {
        self.cast.streams.len()
    }

    fn exchange(&mut self, number: u32, beat: Beat) -> (Labelled, Option<Beat>) {
        let Self { cast, outages, emitted, .. } = self;
        let stream = &mut cast.streams[number as usize];
        let held = stream.state.held.take();
        choose_account(stream, &mut cast.pools, beat, held.is_some());
        let utterance = held.unwrap_or_else(|| stream.speak(beat));
        let member = &cast.members[stream.state.account as usize];
        let down = outages.iter().any(|&(from, until)| (from..until).contains(&beat.time));
        let status = status(stream, member, beat.time, down);
        let following = follow(stream, &mut cast.pools, member, beat, status);
        let following = following.map(|next| match next {
            Next::Say(beat) => beat,
            Next::Repeat(beat) => {
                stream.state.held = Some(utterance.clone());
                beat
            }
        });
        let exchange = row(unique(cast.seed ^ 0xe8, *emitted), stream, member, beat.time, status, utterance);
        *emitted += 1;
        let campaign = match member.role {
            Role::Harvest { campaign, .. } => Some(campaign),
            Role::Honest(_) => None,
        };
        let harvest = stream.harvest;
        if let Some(campaign) = campaign {
            let tally = &mut self.tallies[usize::from(campaign)];
            tally.exchanges += 1;
            tally.harvest += u64::from(harvest);
            tally.span = Some((tally.span.map_or(beat.time, |s| s.0), beat.time));
        }
        let campaign = campaign.map(|c| Arc::clone(&self.campaigns[usize::from(c)]));
        (Labelled { exchange, campaign, harvest }, following)
    }
}

impl Iterator for Exchanges {
    type Item = Labelled;

    fn next(&mut self) -> Option<Labelled> {
        let &Reverse((time, number, opens)) = self.next.peek()?;
        if time >= self.cast.end {
            return None;
        }
        let (labelled, following) = self.exchange(number, Beat { time, opens });
        let mut top = self.next.peek_mut().expect("it was not empty");
        match following {
            Some(beat) => *top = Reverse((beat.time, number, beat.opens)),
            None => {
                PeekMut::pop(top);
            }
        }
        Some(labelled)
    }
}

fn choose_account(stream: &mut Stream, pools: &mut [Pool], beat: Beat, again: bool) {
    let opens = stream.opens(beat);
    let Stream { dice, route, state, key, .. } = stream;
    match *route {
        Route::Own(account) => state.account = account,
        Route::Succession { first, then } => state.account = if state.moved { then } else { first },
        Route::Pool(pool) => {
            let pool = &mut pools[usize::from(pool)];
            let n = pool.members.len();
            let at = match pool.policy {
                // A retry stays where it was, unless the pool moves on.
                Policy::RoundRobin if again => return,
                Policy::RoundRobin => {
                    pool.cursor += 1;
                    pool.cursor % n
                }
                Policy::Headroom if !again && !opens => return,
                Policy::Headroom => (0..8)
                    .map(|_| dice.below(n))
                    .min_by_key(|&i| (pool.rests_until[i] > beat.time, pool.used[i]))
                    .expect("eight were drawn"),
                Policy::Sticky if again => (pool.position(state.account) + 1) % n,
                Policy::Sticky if !opens => return,
                Policy::Sticky => (*key % n as u64) as usize,
            };
            pool.used[at] += 1;
            state.account = pool.members[at];
        }
    }
}

fn status(stream: &mut Stream, member: &Member, time: i64, down: bool) -> u16 {
    let dice = &mut stream.dice;
    if member.closed <= time {
        return 403;
    }
    if down && dice.chance(0.96) {
        return 529;
    }
    if stream.refused > 0.0 && dice.chance(stream.refused.into()) {
        return if dice.chance(0.8) { 400 } else { 403 };
    }
    let roll = dice.unit();
    let mut bar = f64::from(member.client.pressure);
    for (share, status) in
        [(0.0, 429), (0.0015, 403), (0.0008, 401), (0.0008, 500), (0.0005, 400), (0.0004, 408), (0.0004, 529)]
    {
        bar += share;
        if roll < bar {
            return status;
        }
    }
    200
}

/// What a stream does after an answer.
enum Next {
    Say(Beat),
    /// The same prompt once more.
    Repeat(Beat),
}

fn follow(stream: &mut Stream, pools: &mut [Pool], member: &Member, beat: Beat, status: u16) -> Option<Next> {
    let Stream { dice, route, state, pacer, .. } = stream;
    let policy = match *route {
        Route::Pool(pool) => Some(pools[usize::from(pool)].policy),
        Route::Own(_) | Route::Succession { .. } => None,
    };
    if status == 200 || status == 400 {
        state.tries = 0;
        return pacer.next(beat.time, dice).map(Next::Say);
    }
    state.tries = state.tries.saturating_add(1);
    let closed = member.closed <= beat.time;
    if let (Route::Pool(pool), Some(Policy::Headroom)) = (*route, policy) {
        pools[usize::from(pool)].rest(state.account, if closed { i64::MAX } else { beat.time + 30 * MINUTE });
    }
    if closed && matches!(route, Route::Succession { .. }) {
        let knocks_on = state.tries < 3;
        state.moved |= !knocks_on;
        let wait = if knocks_on { dice.range(5.0, 90.0) } else { dice.range(120.0, 9_000.0) };
        return Some(Next::Repeat(after(beat, wait)));
    }
    let wait = match (policy, status) {
        (Some(Policy::Headroom), 403 | 429) => dice.range(1.0, 20.0),
        (Some(Policy::Sticky), 500 | 529) => dice.range(1.0, 15.0),
        // Whoever is shut out knocks a few times and gives up.
        _ if closed && matches!(route, Route::Own(_)) && state.tries > 4 => return None,
        (Some(Policy::Sticky), _) => 0.0,
        (_, 429 | 500 | 529) if dice.chance(0.5) => dice.lognormal(25.0, 0.8),
        _ => 0.0,
    };
    if wait == 0.0 || state.tries > 3 {
        state.tries = if closed { state.tries } else { 0 };
        return pacer.next(beat.time, dice).map(Next::Say);
    }
    Some(Next::Repeat(after(beat, wait)))
}

fn after(beat: Beat, seconds: f64) -> Beat {
    Beat { time: beat.time + (seconds * SECOND as f64) as i64, opens: false }
}

impl Pool {
    fn position(&self, account: u32) -> usize {
        self.members.binary_search(&account).expect("members are sorted and keep their pool")
    }

    fn rest(&mut self, account: u32, until: i64) {
        let at = self.position(account);
        self.rests_until[at] = until;
    }
}

fn row(id: u64, stream: &mut Stream, member: &Member, time: i64, status: u16, said: Utterance) -> Exchange {
    let dice = &mut stream.dice;
    let client = &member.client;
    let answered = status == 200;
    let input = 8 + (said.prompt.len() + said.system.as_ref().map_or(0, String::len)) as u64 / 4 + said.history / 4;
    let output = answer_tokens(dice, &said, stream.harvest, client.max_tokens);
    let usual = if client.moves <= time { NEWEST } else { client.model };
    let model = if client.strays > 0.0 && dice.chance(client.strays.into()) { dice.below(3) as u8 } else { usual };
    Exchange {
        exchange_id: named("ex_", id).try_into().expect("hexadecimal digits are an identifier"),
        time: instant(time),
        account_id: member.account.account_id.clone(),
        organization_id: member.account.organization_id.clone(),
        credential_id: Some(credential(member, dice)),
        channel: client.channel.clone(),
        client_address: Some(client.access.address(time, dice)),
        user_agent: Some(dice.among(&client.agents).clone()),
        operation: client.operation.to_owned(),
        request_model: MODELS[usize::from(model)].to_owned(),
        system: said.system.map(PromptText::new),
        prompt: Some(PromptText::new(said.prompt)),
        conversation_id: said.conversation.map(|c| named("conv_", c)),
        turn: Some(said.turn),
        input_tokens: Some(input),
        output_tokens: answered.then_some(output),
        max_tokens: client.max_tokens,
        temperature: client.temperature,
        reasoning: Some(client.reasoning > 0.0 && dice.chance(client.reasoning.into())),
        tools: Some(said.tools + client.tools),
        stream: Some(client.stream),
        status,
        latency_ms: Some(if answered { 250 + output * 11 } else { 40 } + dice.below(400) as u64),
    }
}

fn answer_tokens(dice: &mut Dice, said: &Utterance, harvest: bool, most: Option<u64>) -> u64 {
    let median = match (harvest, said.turn) {
        (true, _) => 520.0,
        (false, 1) => 230.0,
        (false, _) => 180.0,
    };
    (dice.lognormal(median, 0.7) as u64).clamp(1, most.unwrap_or(8_192))
}

fn credential(member: &Member, dice: &mut Dice) -> String {
    let account = member.account.created.micros() as u64;
    let which = if member.client.credentials > 1 { dice.below(member.client.credentials.into()) as u64 } else { 0 };
    named("key_", crate::dice::blend(account, which))
}

fn named(kind: &str, value: u64) -> String {
    let mut text = String::with_capacity(kind.len() + 16);
    text.push_str(kind);
    hex(value, 16, &mut text);
    text
}
