//! What each exchange works on, for telling whether accounts meet each other's items.
//!
//! An item is the whole prompt, or prompts whose middles agree, if a fair share of them came from several accounts word
//! for word. Agreement alone will not do: a long wording reaches into the middle, and prompts on different items agree in
//! it, which of them hanging on the key. Two accounts that split one list never send the same prompt, however alike their
//! wordings are.

use crate::tables::Event;

/// Keyed hashes of an exchange's prompt and of its middle; 0 where there is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Parts {
    pub prompt: u32,
    /// Equal for prompts whose middles share nearly all their shingles.
    pub middle: u32,
}

/// No item: the prompt is empty.
pub const UNKNOWN: u64 = 0;

/// Gives each event its item; `parts` is in the order of `events`.
pub fn settle(events: &mut [Event], parts: &[Parts]) {
    for (event, part) in events.iter_mut().zip(parts) {
        event.item = u64::from(part.prompt);
    }
    let mut order: Vec<(Parts, u32)> = (0..).zip(parts).filter(|(_, p)| p.middle != 0).map(|(i, p)| (*p, i)).collect();
    order.sort_unstable_by_key(|(p, i)| (p.middle, p.prompt, *i));
    for alike in order.chunk_by(|a, b| a.0.middle == b.0.middle) {
        if met_by_two(alike, events) {
            for (part, i) in alike {
                events[*i as usize].item = u64::from(part.middle) | 1 << 32;
            }
        }
    }
}

/// One in so many different prompts must have come from two accounts.
const MET: usize = 4;

/// Whether enough of the prompts came from two accounts.
fn met_by_two(alike: &[(Parts, u32)], events: &[Event]) -> bool {
    let account = |entry: &(Parts, u32)| events[entry.1 as usize].account;
    let (mut met, mut prompts) = (0, 0);
    for same in alike.chunk_by(|a, b| a.0.prompt == b.0.prompt) {
        prompts += 1;
        met += usize::from(same.iter().any(|entry| account(entry) != account(&same[0])));
    }
    met > 0 && met * MET >= prompts
}

#[cfg(test)]
mod tests {
    use super::{Parts, settle};
    use crate::tables::Event;

    /// The items of exchanges, each given as account, prompt and middle.
    fn items(of: &[(u32, u32, u32)]) -> Vec<u64> {
        let parts: Vec<Parts> = of.iter().map(|&(_, prompt, middle)| Parts { prompt, middle }).collect();
        let mut events: Vec<Event> = of.iter().map(|&(account, _, _)| Event::bare(account, 0)).collect();
        settle(&mut events, &parts);
        events.iter().map(|e| e.item).collect()
    }

    #[test]
    fn one_prompt_from_two_accounts_is_one_item() {
        let found = items(&[(1, 1, 5), (2, 1, 5), (3, 2, 6)]);
        assert_eq!(found[0], found[1]);
        assert_ne!(found[0], found[2]);
    }

    #[test]
    fn a_variation_of_a_prompt_that_two_accounts_sent_is_the_same_item() {
        let found = items(&[(1, 1, 5), (2, 1, 5), (3, 2, 5)]);
        assert_eq!(found[0], found[2]);
    }

    #[test]
    fn a_wording_that_reaches_into_the_middle_makes_no_items_equal() {
        // Accounts may repeat their own prompts: that is a retry.
        let found = items(&[(1, 1, 5), (1, 1, 5), (2, 2, 5), (3, 3, 5)]);
        assert_eq!(found[0], found[1]);
        assert!(found[1] != found[2] && found[2] != found[3], "{found:?}");
    }

    #[test]
    fn short_prompts_have_no_middle_and_are_compared_whole() {
        let found = items(&[(1, 1, 0), (2, 1, 0), (3, 2, 0)]);
        assert_eq!(found[0], found[1]);
        assert_ne!(found[0], found[2]);
    }
}
