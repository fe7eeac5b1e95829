//! Made-up company names, the same for the same seed.

/// A small generator of numbers (xorshift); quality is of no matter here.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }

    fn of<'a>(&mut self, words: &[&'a str]) -> &'a str {
        words[self.below(words.len())]
    }
}

const SYLLABLES: &[&str] = &[
    "al", "an", "ar", "ba", "bel", "bor", "ca", "chen", "cor", "da", "del", "dor", "el", "en", "fa", "fen", "ga",
    "gor", "ha", "hai", "hong", "hua", "in", "jin", "ka", "kor", "la", "len", "li", "lu", "ma", "mar", "mi", "mon",
    "na", "ner", "no", "or", "pa", "per", "qi", "ra", "ren", "ri", "sa", "sen", "shi", "so", "ta", "ten", "tor", "tri",
    "ul", "va", "ven", "vi", "wan", "wei", "xin", "ya", "yu", "zen", "zhong",
];
const TRADES: &[&str] = &[
    "Trading",
    "Technology",
    "Shipping",
    "Engineering",
    "Electronics",
    "Energy",
    "Petroleum",
    "Logistics",
    "Construction",
    "Chemical",
    "Import and Export",
    "Investment",
    "Industries",
    "Machinery",
    "Pharmaceutical",
    "Media",
    "Consulting",
    "Food",
    "Textile",
    "Steel",
    "Aviation",
    "Marine Services",
    "Software",
    "Real Estate",
    "Mining",
];
const FORMS: &[&str] = &[
    "Ltd",
    "Limited",
    "LLC",
    "Co., Ltd.",
    "GmbH",
    "Inc.",
    "S.A.",
    "JSC",
    "PLC",
    "B.V.",
    "S.r.l.",
    "Corporation",
    "Company",
];
const PLACES: &[&str] = &[
    "Shanghai",
    "Moscow",
    "Dubai",
    "Hong Kong",
    "International",
    "Global",
    "Europe",
    "Asia",
    "Istanbul",
    "Tehran",
    "Shenzhen",
    "",
    "",
    "",
    "",
    "",
    "",
];

pub(crate) fn names(seed: u64) -> impl Iterator<Item = String> {
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    std::iter::from_fn(move || {
        let mut brand = String::new();
        for _ in 0..2 + dice.below(3) {
            let syllable = dice.of(SYLLABLES);
            brand.push_str(syllable);
        }
        let mut name = capital(&brand);
        if dice.below(4) == 0 {
            let second = [dice.of(SYLLABLES), dice.of(SYLLABLES)].concat();
            name = format!("{name} {}", capital(&second));
        }
        let place = dice.of(PLACES);
        let parts =
            [place, &name, dice.of(TRADES), if dice.below(3) == 0 { dice.of(TRADES) } else { "" }, dice.of(FORMS)];
        Some(parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" "))
    })
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}

/// A name with a letter changed, its form taken off, or its words turned round.
pub(crate) fn slipped(name: &str, seed: u64) -> String {
    let mut dice = Dice(seed.wrapping_mul(0xd134_2543_de82_ef95) | 1);
    let words: Vec<&str> = name.split(' ').collect();
    match dice.below(3) {
        0 => {
            let longest = words.iter().enumerate().max_by_key(|(_, word)| word.len()).map_or(0, |(at, _)| at);
            let mut letters: Vec<char> = words[longest].chars().collect();
            let at = 1 + dice.below(letters.len() - 1);
            letters.remove(at);
            let mut changed: Vec<String> = words.iter().map(|&word| word.to_owned()).collect();
            changed[longest] = letters.into_iter().collect();
            changed.join(" ")
        }
        1 => words[..words.len() - 1].join(" "),
        _ => words.iter().rev().copied().collect::<Vec<_>>().join(" "),
    }
}
