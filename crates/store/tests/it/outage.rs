//! The database goes, and comes back.

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use store::{Limits, Store, StoreError};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

use crate::support::{account, id, on_postgres, on_sqlite, told};

const WAIT: Duration = Duration::from_millis(300);

/// What a network between us and the database does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Network {
    Sound,
    /// Connections break, and new ones break at once.
    Cut,
    /// Nothing breaks, and nothing comes through.
    Silent,
}

struct Proxy {
    port: u16,
    network: watch::Sender<Network>,
    accepting: JoinHandle<()>,
    connections: Arc<Mutex<Vec<JoinHandle<()>>>>,
}

impl Proxy {
    async fn before(target: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("bound").port();
        let (network, state) = watch::channel(Network::Sound);
        let connections = Arc::new(Mutex::new(Vec::new()));
        let made = Arc::clone(&connections);
        let accepting = tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let task = tokio::spawn(carry(near, target.clone(), state.clone()));
                made.lock().expect("not poisoned").push(task);
            }
        });
        Self { port, network, accepting, connections }
    }

    fn becomes(&self, network: Network) {
        self.network.send_replace(network);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.connections.lock().expect("not poisoned").iter().for_each(JoinHandle::abort);
    }
}

async fn carry(mut near: TcpStream, target: String, mut state: watch::Receiver<Network>) {
    let Ok(mut far) = TcpStream::connect(target).await else { return };
    loop {
        let now = *state.borrow_and_update();
        match now {
            Network::Cut => return,
            Network::Silent => {}
            Network::Sound => {
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => return,
                    _ = state.changed() => continue,
                }
            }
        }
        if state.changed().await.is_err() {
            return;
        }
    }
}

fn is_unavailable<T: std::fmt::Debug>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::Unavailable { .. }))
}

/// Asks until the database answers again; connections that broke meanwhile are found one by one.
async fn recovers(store: &Store) {
    for _ in 0..20 {
        match store.version().await {
            Ok(_) => return,
            Err(error) => assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}"),
        }
    }
    panic!("the store did not come back");
}

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_goes_and_comes_back() {
    on_postgres(async |database| {
        let url = url::Url::parse(&database.raw).expect("a URL");
        let target = format!("{}:{}", url.host_str().expect("a host"), url.port().unwrap_or(5432));
        let proxy = Proxy::before(target.clone()).await;
        let through = database.raw.replace(&target, &format!("127.0.0.1:{}", proxy.port));
        assert_ne!(through, database.raw, "the address is replaced");
        let limits = Limits { wait: WAIT, ..Limits::default() };
        let store = Store::open(&through.parse().expect("a URL"), &limits).await.expect("opens");
        store.put_account(&account("a")).await.expect("is new");
        let mut book = store.book().await.expect("is read");
        for (round, trouble) in [Network::Cut, Network::Silent, Network::Cut].into_iter().enumerate() {
            proxy.becomes(trouble);
            let began = Instant::now();
            assert!(is_unavailable(&store.version().await), "{trouble:?}");
            assert!(is_unavailable(&store.refresh(&book).await), "{trouble:?}");
            assert!(is_unavailable(&store.put_account(&account("lost")).await), "{trouble:?}");
            assert!(began.elapsed() < WAIT * 12, "{trouble:?} took {:?}", began.elapsed());
            assert!(book.account(&id("a")).is_some(), "the last book stays");
            let name = format!("after-{round}");
            database.open().await.put_account(&account(&name)).await.expect("others still write");
            proxy.becomes(Network::Sound);
            recovers(&store).await;
            book = store.refresh(&book).await.expect("is back").expect("has changed");
            assert!(book.account(&id(&name)).is_some());
            assert!(book.account(&id("lost")).is_none());
        }
        store.put_account(&account("b")).await.expect("writes as before");
    })
    .await;
}

#[tokio::test]
async fn a_locked_sqlite_file_is_read_and_not_written() {
    on_sqlite(async |database| {
        use sqlx::Connection;
        let store = database.open_with(&Limits { wait: WAIT, ..Limits::default() }).await;
        store.put_account(&account("a")).await.expect("is new");
        let mut other = sqlx::SqliteConnection::connect(&database.raw).await.expect("opens");
        sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut other).await.expect("is free");
        let error = store.put_account(&account("b")).await.expect_err("is locked");
        assert!(matches!(error, StoreError::Unavailable { .. }), "{error:?}");
        let why = "the database could not begin a change; another process is writing to it, try again";
        assert!(told(&error).starts_with(why), "{}", told(&error));
        assert_eq!(store.book().await.expect("readers do not wait").len(), 1);
        sqlx::raw_sql("ROLLBACK").execute(&mut other).await.expect("is ours");
        store.put_account(&account("b")).await.expect("is free again");
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_told_soon() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("bound").port();
    drop(listener);
    let url = format!("postgres://ana:s3cret@127.0.0.1:{port}/x").parse().expect("a URL");
    let error = Store::open(&url, &Limits { wait: WAIT, ..Limits::default() }).await.expect_err("nobody is there");
    let why =
        "the database could not be opened; it refuses connections, has too many clients, or did not answer in time;";
    assert!(told(&error).starts_with(why), "{}", told(&error));
    assert!(is_unavailable::<()>(&Err(error)));
}

#[tokio::test]
async fn too_many_clients_are_told() {
    on_postgres(async |database| {
        let role = database.raw.rsplit('=').next().expect("a schema").to_owned();
        database.tamper(&format!("CREATE ROLE {role} LOGIN CONNECTION LIMIT 0")).await;
        let mut url = url::Url::parse(&database.raw).expect("a URL");
        url.set_username(&role).expect("has a host");
        let url = url.as_str().parse().expect("a URL");
        let answer = Store::open(&url, &Limits { wait: WAIT, ..Limits::default() }).await;
        database.tamper(&format!("DROP ROLE {role}")).await;
        let error = answer.expect_err("nobody may come in");
        assert!(told(&error).contains("has too many clients"), "{}", told(&error));
    })
    .await;
}
