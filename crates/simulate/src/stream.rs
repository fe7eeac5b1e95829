//! One source of requests: a rhythm, a way to an account, and something to say.

use std::sync::Arc;

use crate::{
    dice::{Dice, blend},
    rhythm::{Beat, Pacer},
    text::{
        code::{self, Framework},
        item::ItemPool,
        talk::Talker,
        template::{Template, Wrapped},
    },
};

/// Which account a request goes through.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Route {
    Own(u32),
    /// The first account until it is found shut, then its successor.
    Succession {
        first: u32,
        then: u32,
    },
    /// Any account of a pool, kept for the length of a conversation.
    Pool(u16),
}

/// Which item of a pool comes next.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Order {
    /// `index, index + of, …`, with a share of draws from the whole pool.
    Shard {
        index: u32,
        of: u32,
        resampled: f32,
    },
    /// From the first item on, and from the start again after `limit`.
    Sequence {
        limit: u32,
    },
    Random,
    /// Random with favourites.
    Skewed,
}

/// What a stream says.
#[derive(Debug, Clone)]
pub(crate) enum Speech {
    Talk(Talker),
    Code {
        framework: Arc<Framework>,
        project: u64,
    },
    Work(Work),
    /// The same items in ever new wrappers.
    Probe {
        pool: ItemPool,
        purposes: &'static [crate::Purpose],
    },
}

/// A wrapper applied to items.
#[derive(Debug, Clone)]
pub(crate) struct Work {
    pub(crate) template: Template,
    pub(crate) pool: ItemPool,
    pub(crate) order: Order,
    /// Share of requests that go on about the last item in plain words.
    pub(crate) follows: f32,
}

/// A source of requests while it runs.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) dice: Dice,
    pub(crate) pacer: Pacer,
    pub(crate) route: Route,
    pub(crate) speech: Speech,
    pub(crate) campaign: Option<u16>,
    pub(crate) harvest: bool,
    /// Share of requests that the model refuses (status 400).
    pub(crate) refused: f32,
    /// Names the stream's conversations.
    pub(crate) key: u64,
    pub(crate) state: State,
}

/// What a stream remembers between requests.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) account: u32,
    conversation: u64,
    turn: u32,
    said: u32,
    spoken_chars: u64,
    pub(crate) tries: u8,
    /// Whether a successor has taken over.
    pub(crate) moved: bool,
    /// The prompt that is sent again, when the last answer was no answer.
    pub(crate) held: Option<Utterance>,
}

/// One prompt and where it stands in its conversation.
#[derive(Debug, Clone)]
pub(crate) struct Utterance {
    pub(crate) system: Option<String>,
    pub(crate) prompt: String,
    pub(crate) conversation: Option<u64>,
    pub(crate) turn: u32,
    /// Characters said earlier in the conversation, which are sent again.
    pub(crate) history: u64,
    pub(crate) tools: u32,
}

impl Stream {
    /// Whether the request at `beat` may change its account.
    pub(crate) fn opens(&self, beat: Beat) -> bool {
        match &self.speech {
            Speech::Talk(_) | Speech::Code { .. } => beat.opens || self.state.turn == 0,
            Speech::Work(_) | Speech::Probe { .. } => true,
        }
    }

    pub(crate) fn speak(&mut self, beat: Beat) -> Utterance {
        let dice = &mut self.dice;
        let state = &mut self.state;
        let said = state.said;
        state.said += 1;
        match &self.speech {
            Speech::Talk(talker) => {
                let opens = beat.opens || state.turn == 0;
                state.open(opens);
                let mut prompt = String::with_capacity(96);
                if opens {
                    talker.ask(dice, &mut prompt)
                } else {
                    talker.follow_up(dice, &mut prompt)
                }
                state.utter(self.key, None, prompt, 0)
            }
            Speech::Code { framework, project } => {
                let opens = beat.opens || state.turn == 0;
                state.open(opens);
                let mut prompt = String::with_capacity(128);
                if opens {
                    code::ask(dice, &mut prompt)
                } else {
                    code::go_on(dice, &mut prompt)
                }
                let mut system = String::with_capacity(900);
                framework.system(*project, &mut system);
                state.utter(self.key, Some(system), prompt, framework.tools)
            }
            Speech::Work(work) => {
                if !beat.opens && state.turn > 0 && work.follows > 0.0 && dice.chance(work.follows.into()) {
                    let mut prompt = String::new();
                    Talker::plain().follow_up(dice, &mut prompt);
                    state.open(false);
                    return state.utter(self.key, None, prompt, 0);
                }
                state.open(true);
                let index = work.order.index(said, work.pool.size, dice);
                let Wrapped { system, prompt } = work.template.wrap(dice, |out| work.pool.write(index, out));
                let mut utterance = state.utter(self.key, system, prompt, 0);
                if work.follows == 0.0 {
                    utterance.conversation = None;
                }
                utterance
            }
            Speech::Probe { pool, purposes } => {
                state.open(true);
                let purpose = dice.pick(purposes);
                let template = Template::new(blend(pool.id, dice.below(200) as u64), purpose);
                let index = dice.skewed(pool.size as usize) as u32;
                let Wrapped { system, prompt } = template.wrap(dice, |out| pool.write(index, out));
                Utterance { conversation: None, ..state.utter(self.key, system, prompt, 0) }
            }
        }
    }
}

impl State {
    fn open(&mut self, fresh: bool) {
        if fresh {
            self.conversation += 1;
            self.turn = 0;
            self.spoken_chars = 0;
        }
        self.turn += 1;
    }

    fn utter(&mut self, key: u64, system: Option<String>, prompt: String, tools: u32) -> Utterance {
        let history = self.spoken_chars;
        // Prompts come back with their answers, which are longer.
        self.spoken_chars += 900 + prompt.len() as u64;
        let conversation = Some(crate::identity::unique(key, self.conversation));
        Utterance { system, prompt, conversation, turn: self.turn, history, tools }
    }
}

impl Order {
    fn index(self, said: u32, size: u32, dice: &mut Dice) -> u32 {
        match self {
            Self::Shard { index, of, resampled } => {
                if resampled > 0.0 && dice.chance(resampled.into()) {
                    dice.below(size as usize) as u32
                } else {
                    index.wrapping_add(said.wrapping_mul(of)) % size
                }
            }
            Self::Sequence { limit } => said % limit.clamp(1, size),
            Self::Random => dice.below(size as usize) as u32,
            Self::Skewed => dice.skewed(size as usize) as u32,
        }
    }
}
