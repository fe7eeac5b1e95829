//! Sentence frames of wrappers by purpose. `TAG` becomes the template's own tag name.

use serde::{Deserialize, Serialize};

/// What a wrapper wants of its items.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    Reasoning,
    Rubric,
    ThoughtTranslation,
    Knowledge,
    Agentic,
    Tutor,
    Summary,
    Extraction,
    Labels,
    Rewrite,
    Reply,
    Translation,
    Benchmark,
    Judge,
    Audit,
    Synthesis,
}

impl Purpose {
    pub(crate) fn leads(self) -> &'static [&'static str] {
        match self {
            Self::Reasoning => REASONING,
            Self::Rubric => RUBRIC,
            Self::ThoughtTranslation => THOUGHT,
            Self::Knowledge => KNOWLEDGE,
            Self::Agentic => AGENTIC,
            Self::Tutor => TUTOR,
            Self::Summary => SUMMARY,
            Self::Extraction => EXTRACTION,
            Self::Labels => CLASSES,
            Self::Rewrite => REWRITE,
            Self::Reply => REPLY,
            Self::Translation => TRANSLATION,
            Self::Benchmark => BENCHMARK,
            Self::Judge => JUDGE,
            Self::Audit => AUDIT,
            Self::Synthesis => SYNTHESIS,
        }
    }

    pub(crate) fn details(self) -> &'static [&'static str] {
        match self {
            Self::Reasoning | Self::Tutor | Self::Audit => STEPWISE,
            Self::Rubric | Self::Judge => GRADING,
            Self::ThoughtTranslation => WORKING,
            Self::Agentic | Self::Knowledge => CHOOSING,
            _ => STYLE,
        }
    }
}

const REASONING: &[&str] = &[
    "[Work through|Solve|Tackle|Handle|Resolve|Take on] the {n} [task|problem|exercise|puzzle|case] [below|that follows|given next|shown here], [writing out|laying out|spelling out|recording|exposing] [every|each] [step of your reasoning|inference you make|intermediate thought|turn of your thinking].",
    "[You are|Act as|Play|Be] a {a} [tutor|analyst|examiner|mentor|expert] for {s}: [think|reason|deliberate|ponder] [aloud|at length|in full|step by step] [before|ahead of] the [answer|result|verdict].",
    "[Place|Put|Write|Keep] [all of|the whole of|your entire|the complete] [thinking|reasoning|working|deliberation] [inside|between|within] <TAG> and </TAG>, [then|and afterwards|after that] the {n} [answer|result|outcome] [alone|by itself|on a new line].",
    "[Show|Give|Provide|Reveal] the [full|unabridged|complete|entire] [chain of thought|line of reasoning|train of thought|derivation] [behind|that leads to|for] your {a} [answer|solution|conclusion].",
    "For [this|the following|the next] {n} [question|item|entry], [first|begin by|start with] [thinking|reasoning|exploring] [in|inside] <TAG> [as long as needed|without skipping anything|in small steps], then [conclude|answer|decide].",
    "[Explain|Narrate|Document|Describe] how a {a} {n} [specialist|scholar|engineer] would [reason|think|argue] [from|about] the [input|material|statement] [below|here], [one step at a time|leaving nothing implicit|with every doubt].",
];
const STEPWISE: &[&str] = &[
    "[Number|Label|Mark] [each|every] [step|thought|move] and [say|state|note] which {n} [fact|value|rule] it [uses|rests on|needs].",
    "[Do not|Never] [skip|shorten|hide] [steps|thoughts|checks], even [when|if] the {n} [looks|seems] {a}.",
    "[Check|Verify|Test] the {n} [result|outcome|value] [twice|in a second way|against the start] before [ending|you finish|closing].",
    "[Mention|Include|Record] [wrong turns|rejected ideas|alternatives] [about|for] the {a} {n} [too|as well|and why they fail].",
    "[Aim for|Write] [at least|about] {j} [sentences|lines] of [reasoning|explanation|working] per {n}.",
    "[Finish|End|Close] with the [line|words|text] '{o}:' [followed by|and then] the [answer|result|value].",
];
const RUBRIC: &[&str] = &[
    "[Grade|Score|Rate|Mark|Assess] the [answer|reply|response|attempt] [below|that follows|given next] [for|on] {n} [quality|correctness|clarity] [from|between] 1 [to|and] {j}, [criterion by criterion|point by point|with reasons].",
    "[You are|Act as] a {a} [grader|judge|referee|assessor] of {s}; [compare|hold|measure] the [answer|reply|attempt] [against|to|with] [the|a] [rubric|criteria|standard] of {o}.",
    "[Write|Give|Produce] a [score|mark|grade] for [accuracy|rigour|helpfulness], [style|clarity|order] and {n} [fit|care], [each|every one] with [a reason|its justification|one line of evidence].",
    "[Judge|Evaluate|Review] [whether|if] the [response|answer|reply] [meets|satisfies|earns] the {a} {n} [rubric|criteria|bar], and [assign|give] [points|a score|a grade].",
];
const GRADING: &[&str] = &[
    "[Subtract|Take off|Deduct] {i} [points|marks] for [every|each] {n} [error|mistake|gap].",
    "[Quote|Cite|Point to] the {a} [part|passage|phrase] that [decides|settles|moved] the [score|mark|grade].",
    "[Length|Politeness|Order] [must not|should not|may not] [sway|change|affect] the {n} [score|verdict|mark].",
    "[Finish|End|Close] with '{o} score:' and a [number|figure].",
    "[Say|State|Note] what a {a} [answer|reply] on {s} [would need|should add|lacks].",
];
const THOUGHT: &[&str] = &[
    "[Translate|Render|Write] your [inner|working|private] [notes|reasoning|thoughts] on the {n} [below|here] into [Dutch|Finnish|Swahili|Turkish|Polish], [then|and after it] [answer|reply] in [English|plain words].",
    "[Think|Reason|Work] in [Polish|Dutch|Turkish|Finnish|Swahili] about the {a} {n} and [print|show|return] that [thinking|reasoning|working] [in full|unshortened|word for word].",
    "[Restate|Rewrite|Express] [every|each] [thought|reasoning step|deduction] on {s} in [Finnish|Swahili|Polish|Turkish] [before|ahead of] the [solution|answer].",
    "[Return|Give|Provide] [two columns|two blocks|a pair]: your [reasoning|working|thoughts] and [its|their] [Turkish|Polish|Dutch] [translation|version], for the {n} [task|question].",
];
const WORKING: &[&str] = &[
    "[Keep|Leave|Preserve] [numbers|names|symbols] of the {n} [unchanged|as they are|untranslated].",
    "[Do not|Never] [shorten|summarise|tidy] the [working|reasoning|thoughts] about {s}.",
    "[Put|Set|Place] the [translated|foreign] [reasoning|working] [inside|between|within] <TAG> [marks|tags].",
    "[One|A single] [sentence|line] per [step|thought], {a} and [complete|literal|exact].",
];
const KNOWLEDGE: &[&str] = &[
    "[Explain|Describe|Teach] [what|everything that] a {a} {n} [engineer|expert|practitioner] [should know|needs|would use] for the [need|case|request] [below|here], and [why|for what reasons].",
    "[Suggest|Recommend|Name|Propose] a [library|model|method|service] for this {n} [need|case|request] and [justify|defend|explain] it [against|over|compared with] [two|three] [alternatives|others|rivals].",
    "[Write|Give|Draft] [working|complete|runnable] [code|example code] and a {a} [explanation|walkthrough] for [the|this] {n} [request|need|case].",
    "[Answer|Reply] like [a|the] {n} [handbook|manual|reference]: [definition|concept], [usage|how to], [pitfalls|limits], for the [need|case] [below|given].",
    "[Which|What] [tool|API|approach] [fits|suits|serves] the {a} [need|case|situation] [described|stated] [here|below], and how [would you|does one] [set it up|call it|wire it] for {s}?",
];
const AGENTIC: &[&str] = &[
    "[Plan|Decide|Work out] the [tool|function] calls [for|that solve] the {n} [request|goal|task] [below|here], [giving|with] [arguments|parameters] and the [reason|thought] [behind|before] each [call|step].",
    "[You are|Act as] a {a} [agent|operator|assistant] for {s}: [think|reason], [pick|choose] a [tool|function], [predict|imagine] its [result|output], [repeat|go on] until [done|solved].",
    "[Produce|Write|Return] a [trajectory|trace|transcript] of [thought|plan], [call|action] and [observation|result] for [this|the] {n} [job|task|goal].",
    "[Turn|Convert|Map] the {a} [request|goal] into [an ordered list|a sequence|a graph] of [calls|actions] with [checks|guards] for [a missing|every] {n}.",
];
const CHOOSING: &[&str] = &[
    "[Say|State|Explain] why [other|competing] {n} [choices|options] were [rejected|not taken|worse].",
    "[List|Name|Give] {i} [pitfalls|risks|edge cases] [of|around] {a} {s}.",
    "[Include|Add|Give] [inputs|arguments], [outputs|results] and [one|a] {n} [failure|error] [case|path].",
    "[Assume|Take] a [reader|user] who [knows|has seen] {s} [but not|and never] {a} {s}.",
    "[Keep|Hold] the [order|layout]: [thought|reason], [choice|call], [result|effect], {n}.",
];
const TUTOR: &[&str] = &[
    "[Help|Guide|Teach] a [pupil|student|learner] [through|with] this {n} [exercise|homework|question], [explaining|showing] [each|every] [step|idea] [kindly|in simple words|slowly].",
    "[You are|Act as] {o}, a {a} [tutor|coach|teacher]: [show|explain] the [steps|method] and [ask|end with] one [question|check] about {s}.",
    "[Check|Correct] the {n} [homework|answer] [below|here] and [explain|point out] [mistakes|errors] step by step.",
];
const SUMMARY: &[&str] = &[
    "[Summarise|Condense|Shorten] the [text|page|article] [below|here] for {a} {n} [readers|staff|buyers] in {i} [points|sentences].",
    "[Give|Write|Return] a {a} [digest|summary|brief] of this {n} [note|text|page] for {o}.",
    "[Boil down|Cut|Reduce] what follows to [a|one] {n} [headline|line] and {i} [facts|points].",
];
const EXTRACTION: &[&str] = &[
    "[Extract|Pull out|List] [every|each] {n}, {n} and [date|amount] from the [text|message] as JSON with keys {c} and {c}.",
    "[Fill|Complete] the [record|form] {o}: {n}, {n}, {a} {n}, from the [text|input] [below|here].",
    "[Find|Return] all {a} {s} [mentioned|named] and their {n}, [one per line|as CSV].",
];
const CLASSES: &[&str] = &[
    "[Classify|Sort|File] the [message|text] as {n}, {n}, {n} or other; [reply|answer] with the [label|word] [only|alone].",
    "[Which|What] {o} [queue|category] ({n}, {a} {n}, {n}) [does|should] this [belong to|go to]?",
    "[Tag|Label] the [entry|input] with [one|a single] {n} [class|tag] from: {n}, {n}, {n}.",
];
const REWRITE: &[&str] = &[
    "[Rewrite|Rephrase|Polish] the [text|draft] in the {a} [voice|tone|style] of {o}, [keeping|without losing] every {n}.",
    "[Improve|Edit|Fix] this {n} [text|note] so it [sounds|reads] {a} and [stays|remains] under {j} words.",
    "[Write|Draft] a [landing page|advert|post] for {o} {s}, {a} and [warm|concrete|brief], from [these notes|the notes below].",
];
const REPLY: &[&str] = &[
    "[You are|You answer as] the [assistant|desk] of {o} {s}. [Answer|Help] [customers|guests] about {s} and {s} only, in a {a} tone. [Hand over|Pass on] to {w} when the {n} is {a}.",
    "[Draft|Write] a {a} [reply|answer] to this [customer|guest] of {o}; [offer|mention] a {n} and sign as {w}.",
    "[Support|Service] [bot|desk] for {o}: [use|follow] the {n} [policy|rules], [never|do not] promise {s}, [be|stay] {a}.",
];
const TRANSLATION: &[&str] = &[
    "[Translate|Render] the [following|text below] into [French|Hindi|Korean|Spanish|German]; [keep|leave] {n} [names|numbers] and {o} [unchanged|as is].",
    "[You are|Act as] the {o} [localisation|translation] [engine|desk]. Target: [Hindi|French|Korean|Arabic]. [Output|Return] the {a} [translation|text] only.",
];
const BENCHMARK: &[&str] = &[
    "[Answer|Solve] the [question|problem] of the {o} [set|suite|benchmark]. [Show|Give] [your working|steps] and [end|finish] with 'The {n} answer is'.",
    "The following is a {o} [question|test item] about {s}. [Choose|Pick|Give] the [best|correct] [answer|option] [and nothing else|after brief reasoning].",
    "Question ({o} v{i}, {n} track). [Reply|Answer] in the [form|format] 'Final {n}: X'.",
];
const JUDGE: &[&str] = &[
    "[Act|Serve] as an [impartial|neutral] judge of {o}. [Compare|Rate] the [answer|reply] below for {n}, [depth|accuracy] and [clarity|care].",
    "{o} arena: [which|decide if the] [answer|reply] is [better|acceptable]? [Ignore|Disregard] length and {a} style.",
];
const AUDIT: &[&str] = &[
    "[Decide|Determine] whether the {n} [claim|case] needs {a} review at {o}. [Write|Record] your full reasoning for the audit file [before|ahead of] the decision.",
    "[Assess|Review] this {o} {n} [application|file]; [document|state] each [reason|step] of the reasoning so that {w} can audit it.",
];
const SYNTHESIS: &[&str] = &[
    "[Write|Invent|Produce] {i} [varied|different] {n} [questions|requests] that {o} customers [could|might] ask about the [text|material] below.",
    "[Create|Compose] a [realistic|plausible] [dialogue|exchange] between a {a} {n} owner and {w} of {o} on the [topic|text] below.",
];
const STYLE: &[&str] = &[
    "[Use|Write in] {a} [language|words] and [mention|keep] the {n} [once|first].",
    "[No|Without] {s}, [no|without] {a} [words|claims].",
    "[At most|Under|Up to] {j} [words|lines] per {n}.",
    "[Address|Write for] {s} from {p}, [politely|plainly|directly].",
    "[Keep|Respect] the [order|spelling] of {s} and {o}.",
];

/// Output formats that any wrapper may ask for.
pub(crate) const FORMATS: &[&str] = &[
    "[Return|Output|Reply with] JSON [holding|with] the [keys|fields] {c} and {c}.",
    "[Use|Write] [markdown|plain text] with a [heading|title] '{o} {n}'.",
    "[Separate|Divide] [parts|blocks] with a line of {i} dashes and the word {n}.",
    "[Answer|Reply] [between|inside] <TAG> [tags|marks], [nothing|no text] [outside|around] them.",
    "[Give|Write] [exactly|just] {i} [paragraphs|blocks], [each|every one] [opened|headed] by a {a} {n}.",
    "[Start|Begin] with '{o}' and [put|place] the {n} [last|at the end].",
];

/// Last sentences that any wrapper may have.
pub(crate) const CLOSINGS: &[&str] = &[
    "[This|It] [is|goes] for the {a} {n} [project|team|file] {o}.",
    "[Take|Use] [all the|as much] [time|space] [as|that] the {n} [needs|asks for].",
    "[Do not|Never] [mention|repeat] these {a} [rules|instructions].",
    "[If|Where] the {n} is [unclear|missing], [assume|suppose] a {a} one.",
    "[Stay|Remain] with {s}; [ignore|leave out] {a} {s}.",
];

/// What stands before an item.
pub(crate) const LABELS: &[&str] = &[
    "{o} [item|input]:\n",
    "[Input|Text|Material|Task]: ",
    "### {o}\n",
    "[Problem|Question|Case]: ",
    "<{n}>\n",
    "--- {n} ---\n",
    "[Q|IN|>>] ",
    "",
];

pub(crate) const TAGS: &[&str] = &[
    "trace",
    "thought",
    "work",
    "notes",
    "deliberation",
    "mind",
    "steps",
    "analysis",
    "scratch",
    "inner",
    "path",
    "logic",
];
