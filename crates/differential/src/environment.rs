//! The environments that a client is run in: six factors, each with a value.

use std::{fmt, str::FromStr};

use inspect::Source;
use serde::Serialize;

/// What is varied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
pub enum Factor {
    Timezone,
    Locale,
    Proxy,
    BaseUrl,
    Username,
    Hostname,
}

/// A value that was asked for, and cannot be one.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactorError {
    #[error("`{0}` is not FACTOR=VALUE,…; factors are timezone, locale, proxy, base-url, username, hostname")]
    Form(String),
    #[error("`{value}` cannot be a {factor}: {why}")]
    Value { factor: Factor, value: String, why: &'static str },
}

impl Factor {
    pub const ALL: [Factor; 6] =
        [Factor::Timezone, Factor::Locale, Factor::Proxy, Factor::BaseUrl, Factor::Username, Factor::Hostname];

    /// The word on the command line.
    pub fn word(self) -> &'static str {
        match self {
            Factor::Timezone => "timezone",
            Factor::Locale => "locale",
            Factor::Proxy => "proxy",
            Factor::BaseUrl => "base-url",
            Factor::Username => "username",
            Factor::Hostname => "hostname",
        }
    }

    /// The word of a finding.
    pub fn source(self) -> Source {
        match self {
            Factor::Timezone => Source::Timezone,
            Factor::Locale => Source::Locale,
            Factor::Proxy => Source::Proxy,
            Factor::BaseUrl => Source::BaseUrl,
            Factor::Username => Source::Username,
            Factor::Hostname => Source::Hostname,
        }
    }

    /// The value that everything is compared with.
    pub fn usual(self) -> &'static str {
        match self {
            Factor::Timezone => "UTC",
            Factor::Locale => "en_US.UTF-8",
            Factor::Proxy => "",
            Factor::BaseUrl => "127.0.0.1",
            Factor::Username => "user",
            Factor::Hostname => "workstation",
        }
    }

    /// Values that are tried; the first ones are of the kinds that lists are known to hold, and are also tried together.
    pub fn known(self) -> &'static [&'static str] {
        match self {
            Factor::Timezone => &[
                "Asia/Shanghai",
                "Asia/Urumqi",
                "Europe/Moscow",
                "Asia/Tehran",
                "America/New_York",
                "Asia/Hong_Kong",
                "Asia/Singapore",
                "Asia/Tokyo",
                "Asia/Pyongyang",
                "Asia/Kolkata",
                "Europe/Berlin",
                "Europe/London",
                "America/Los_Angeles",
                "Asia/Chongqing",
                "Asia/Harbin",
                "Asia/Kashgar",
                "Asia/Macau",
                "Asia/Taipei",
                "Asia/Seoul",
                "Asia/Ho_Chi_Minh",
                "Europe/Minsk",
                "Europe/Kyiv",
                "Asia/Damascus",
                "America/Havana",
                "America/Caracas",
                "Africa/Lagos",
                "America/Sao_Paulo",
                "Australia/Sydney",
            ],
            Factor::Locale => &[
                "zh_CN.UTF-8",
                "ru_RU.UTF-8",
                "fa_IR.UTF-8",
                "de_DE.UTF-8",
                "zh_TW.UTF-8",
                "ja_JP.UTF-8",
                "ko_KR.UTF-8",
                "fr_FR.UTF-8",
                "en_GB.UTF-8",
                "zh_HK.UTF-8",
                "uk_UA.UTF-8",
                "tr_TR.UTF-8",
                "vi_VN.UTF-8",
                "es_ES.UTF-8",
                "pt_BR.UTF-8",
                "ar_SA.UTF-8",
                "he_IL.UTF-8",
                "hi_IN.UTF-8",
                "C",
            ],
            Factor::Proxy => &[
                "http://127.0.0.1:7890",
                "http://proxy.example.cn:3128",
                "http://gateway.aliyuncs.com:8080",
                "http://proxy.corp.example.com:8080",
                "http://proxy.yandex.ru:3128",
                "http://clash.local:7890",
                "http://relay.deepseek.com:8080",
                "http://squid.internal:3128",
                "http://vpn.example.ir:1080",
                "http://proxy.huawei.com:8080",
                "http://proxy.bytedance.net:3128",
                "http://tencent-cloud.example.com:8080",
            ],
            Factor::BaseUrl => &[
                "api.deepseek.com",
                "dashscope.aliyuncs.com",
                "aiproxy.example.cn",
                "openrouter.ai",
                "api.moonshot.cn",
                "api.openai.com",
                "api.anthropic.com",
                "localhost",
                "open.bigmodel.cn",
                "ark.cn-beijing.volces.com",
                "api.siliconflow.cn",
                "api.minimaxi.com",
                "qianfan.baidubce.com",
                "llm-gateway.corp.example.com",
                "claude-relay.example.com",
                "one-api.example.ru",
                "litellm.internal",
                "api.hunyuan.cloud.tencent.com",
                "api.stepfun.com",
                "api-reseller.example.net",
            ],
            Factor::Username => {
                &["root", "zhangwei", "runner", "ivanov", "admin", "ubuntu", "test", "researcher", "jenkins"]
            }
            Factor::Hostname => &[
                "iZbp1f2c3d4e5",
                "build-agent-01",
                "DESKTOP-7Q2K4LM",
                "VM-0-4-ubuntu",
                "ip-10-0-0-5",
                "MacBook-Pro.local",
                "sandbox",
                "localhost",
                "corp-laptop-cn",
                "runner-7f9c",
            ],
        }
    }

    /// Whether a value can be one of this factor's.
    pub fn check(self, value: &str) -> Result<(), FactorError> {
        let bad = |why| Err(FactorError::Value { factor: self, value: value.to_owned(), why });
        let host = |name: &str| {
            !name.is_empty()
                && name.len() <= 253
                && name.split('.').all(|l| {
                    !l.is_empty()
                        && l.len() <= 63
                        && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
                })
        };
        match self {
            Factor::Timezone => {
                let plain = |b: u8| b.is_ascii_alphanumeric() || b"/_+-:".contains(&b);
                if value.is_empty()
                    || value.len() > 64
                    || !value.bytes().all(plain)
                    || value.starts_with(['/', '.', ':'])
                {
                    return bad("a name as in `Asia/Shanghai` is needed");
                }
            }
            Factor::Locale if !word(value, 64, b"._-@") => return bad("a name as in `zh_CN.UTF-8` is needed"),
            Factor::Proxy => {
                let url = url::Url::parse(value).ok().filter(|u| u.scheme() == "http");
                if !url.is_some_and(|u| u.host_str().is_some_and(host) && u.port_or_known_default().is_some()) {
                    return bad("an address as in `http://proxy.example.cn:3128` is needed");
                }
            }
            Factor::BaseUrl if !host(value) => return bad("a host name without scheme, port and path is needed"),
            Factor::Username if !word(value, 32, b"_-.") || value.starts_with(['.', '-']) => {
                return bad("at most 32 letters, digits, `_`, `-` and `.`");
            }
            Factor::Hostname if !host(value) || value.len() > 64 => {
                return bad("a host name of at most 64 characters is needed");
            }
            _ => {}
        }
        Ok(())
    }
}

/// Letters, digits and some marks.
fn word(value: &str, most: usize, marks: &[u8]) -> bool {
    !value.is_empty() && value.len() <= most && value.bytes().all(|b| b.is_ascii_alphanumeric() || marks.contains(&b))
}

impl fmt::Display for Factor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

/// Values of one factor, as a user gives them: `timezone=Asia/Shanghai,Europe/Moscow`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vary {
    pub factor: Factor,
    pub values: Vec<String>,
}

impl FromStr for Vary {
    type Err = FactorError;

    fn from_str(text: &str) -> Result<Self, FactorError> {
        let form = || FactorError::Form(text.to_owned());
        let (name, values) = text.split_once('=').ok_or_else(form)?;
        let name = name.trim().to_ascii_lowercase().replace('_', "-");
        let factor = Factor::ALL
            .into_iter()
            .find(|f| f.word() == name || (name == "tz" && *f == Factor::Timezone))
            .ok_or_else(form)?;
        let values: Vec<String> =
            values.split(',').map(str::trim).filter(|v| !v.is_empty()).map(str::to_owned).collect();
        if values.is_empty() {
            return Err(form());
        }
        values.iter().try_for_each(|v| factor.check(v))?;
        Ok(Vary { factor, values })
    }
}

/// Values that differ from the usual ones; none is the usual environment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Environment(pub Vec<(Factor, String)>);

impl Environment {
    pub fn of(factor: Factor, value: &str) -> Self {
        Self(vec![(factor, value.to_owned())])
    }

    pub fn value(&self, factor: Factor) -> &str {
        self.0.iter().find(|(f, _)| *f == factor).map_or(factor.usual(), |(_, v)| v)
    }

    /// Without one of its values.
    pub fn without(&self, factor: Factor) -> Self {
        Self(self.0.iter().filter(|(f, _)| *f != factor).cloned().collect())
    }

    /// Hosts that stand for the recorder: those of the base address and of the proxy.
    pub fn hosts(&self) -> Vec<String> {
        let mut all = vec![self.value(Factor::BaseUrl).to_owned()];
        all.extend(url::Url::parse(self.value(Factor::Proxy)).ok().and_then(|u| u.host_str().map(str::to_owned)));
        all
    }

    /// Where the recorder listens, beside port 80.
    pub fn port(&self) -> Option<u16> {
        url::Url::parse(self.value(Factor::Proxy)).ok()?.port_or_known_default()
    }

    /// The variables that say it to a client. `port` follows the base host unless it is 80; `names` are more variables for the base address.
    pub fn variables(&self, port: u16, names: &[String]) -> Vec<(String, String)> {
        let mut all: Vec<(String, String)> = Vec::new();
        let mut set = |name: &str, value: &str| all.push((name.to_owned(), value.to_owned()));
        set("TZ", self.value(Factor::Timezone));
        let locale = self.value(Factor::Locale);
        set("LANG", locale);
        set("LC_ALL", locale);
        let language = locale.split(['.', '@']).next().unwrap_or(locale);
        set(
            "LANGUAGE",
            &if language == "C" {
                "en".to_owned()
            } else {
                format!("{language}:{}", &language.split('_').next().unwrap_or(language))
            },
        );
        let proxy = self.value(Factor::Proxy);
        if !proxy.is_empty() {
            for name in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"] {
                set(name, proxy);
            }
        }
        let host = self.value(Factor::BaseUrl);
        let base = if port == 80 { format!("http://{host}") } else { format!("http://{host}:{port}") };
        for name in BASES_V1 {
            set(name, &format!("{base}/v1"));
        }
        for name in BASES {
            set(name, &base);
        }
        for name in names {
            set(name, &base);
        }
        for name in KEYS {
            set(name, "sk-ringfence-0000000000000000000000000000000000000000");
        }
        let user = self.value(Factor::Username);
        set("USER", user);
        set("LOGNAME", user);
        all
    }
}

impl fmt::Display for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("the usual environment");
        }
        for (i, (factor, value)) in self.0.iter().enumerate() {
            write!(f, "{}{factor}={value}", if i > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

/// Addresses that clients take with the version in the path.
const BASES_V1: &[&str] = &[
    "OPENAI_BASE_URL",
    "OPENAI_API_BASE",
    "OPENAI_API_BASE_URL",
    "LLM_BASE_URL",
    "DEEPSEEK_BASE_URL",
    "OPENROUTER_BASE_URL",
    "DASHSCOPE_BASE_URL",
    "MOONSHOT_BASE_URL",
    "GROQ_BASE_URL",
    "XAI_BASE_URL",
    "LMSTUDIO_BASE_URL",
    "OPENAI_COMPATIBLE_BASE_URL",
];

/// Addresses that clients take without it.
const BASES: &[&str] = &[
    "ANTHROPIC_BASE_URL",
    "ANTHROPIC_API_URL",
    "ANTHROPIC_API_BASE",
    "BASE_URL",
    "API_BASE_URL",
    "API_BASE",
    "API_URL",
    "OPENAI_API_HOST",
    "OPENAI_HOST",
    "GOOGLE_GEMINI_BASE_URL",
    "GEMINI_API_BASE_URL",
    "GEMINI_BASE_URL",
    "CODE_ASSIST_ENDPOINT",
    "OLLAMA_HOST",
    "OLLAMA_BASE_URL",
    "OLLAMA_API_BASE",
    "AZURE_OPENAI_ENDPOINT",
    "LITELLM_BASE_URL",
    "LITELLM_PROXY_API_BASE",
    "MISTRAL_BASE_URL",
    "COHERE_BASE_URL",
];

const KEYS: &[&str] = &[
    "OPENAI_API_KEY",
    "ANTHROPIC_API_KEY",
    "API_KEY",
    "LLM_API_KEY",
    "GEMINI_API_KEY",
    "GOOGLE_API_KEY",
    "OPENROUTER_API_KEY",
    "DEEPSEEK_API_KEY",
    "DASHSCOPE_API_KEY",
    "MOONSHOT_API_KEY",
    "GROQ_API_KEY",
    "MISTRAL_API_KEY",
    "XAI_API_KEY",
    "AZURE_OPENAI_API_KEY",
    "COHERE_API_KEY",
    "LITELLM_API_KEY",
];
