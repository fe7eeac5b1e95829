//! The axes of a finding, with the words that the receipt uses for them.

use serde::{Deserialize, Serialize};

macro_rules! axis {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $word)] $variant),+ }

        impl $name {
            pub const ALL: &[$name] = &[$($name::$variant),+];

            /// The word on the receipt.
            pub fn word(self) -> &'static str {
                match self { $($name::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.word())
            }
        }
    };
}

axis! {
    /// What is read about the machine or its user.
    Source {
        Timezone = "timezone",
        Locale = "locale",
        Hostname = "hostname",
        Username = "username",
        MachineId = "machine id",
        Proxy = "proxy variables",
        BaseUrl = "base URL",
        Geolocation = "address or geolocation",
        Network = "network interfaces",
        Git = "git remote",
        Parent = "parent process",
        Software = "installed software",
        Platform = "platform",
    }
}

axis! {
    /// What is done with it on the way.
    Transform {
        Membership = "membership in a small set",
        Keywords = "keyword list",
        Encoded = "encoded table",
        Hash = "hash compare",
        Threshold = "threshold",
        Format = "date or number format",
    }
}

axis! {
    /// The way it leaves by.
    Channel {
        SystemPrompt = "system prompt",
        UserPrompt = "user prompt",
        ToolDescription = "tool description",
        Header = "header",
        Query = "query",
        Telemetry = "telemetry body",
        FileName = "file name",
        DnsName = "DNS name",
        Timing = "timing",
        Unknown = "unknown",
    }
}

axis! {
    /// The form that it takes there.
    Encoding {
        Plain = "plain field",
        Punctuation = "punctuation alternation",
        Format = "date or number format",
        Whitespace = "whitespace",
        Invisible = "zero-width/tags/variation selectors",
        Ordering = "ordering",
        Case = "letter case",
        Presence = "field presence",
    }
}

axis! {
    /// What the vendor says of it in public.
    Disclosure {
        Documented = "documented",
        OptOut = "documented with opt-out",
        Undocumented = "undocumented",
        Unknown = "unknown",
    }
}

axis! {
    /// How bad a combination is.
    Severity {
        Info = "info",
        Low = "low",
        Medium = "medium",
        High = "high",
        Critical = "critical",
    }
}

impl Encoding {
    /// Whether it hides from a reader.
    pub fn is_covert(self) -> bool {
        self != Encoding::Plain
    }
}

impl Channel {
    pub fn is_prompt(self) -> bool {
        matches!(self, Channel::SystemPrompt | Channel::UserPrompt | Channel::ToolDescription)
    }
}
