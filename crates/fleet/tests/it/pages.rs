//! What operators see: the page, JSON, CSV, osquery's log.

use sweep::fleet::Status;

use crate::support::{Fleet, on_both, report};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fleet_on_one_page_and_in_rows() {
    on_both(async |url| {
        let fleet = Fleet::start(&url).await;
        for (name, status) in [("m1", Status::Clean), ("m2", Status::Pending), ("m3", Status::Failing)] {
            let spool = fleet.machine(name).await;
            spool.queue(&report(name, "<script>alert(1)</script>", status)).unwrap();
            spool.send(|_| {}).await.unwrap();
        }
        drop(fleet.machine("m4").await);
        let (status, page) = fleet.get("/fleet").await;
        assert_eq!(status, 200, "{page}");
        assert!(page.contains("<h1>4 machines</h1>") && page.contains("m4"), "{page}");
        assert!(page.contains("&lt;script&gt;") && !page.contains("<script"), "what machines say is text");
        assert!(!page.contains("http://") && !page.contains("https://"), "nothing is loaded");
        let (_, page) = fleet.get("/fleet?state=failing").await;
        assert!(page.contains("/fleet/machines/m3\"") && !page.contains("/fleet/machines/m1\""));
        let (status, page) = fleet.get("/fleet/machines/m3").await;
        assert!(status == 200 && page.contains("/opt/cursor/&lt;b&gt;"), "{page}");
        assert_eq!(fleet.get("/fleet?state=sick").await.0, 400);
        assert_eq!(fleet.get("/fleet/machines/nobody").await.0, 404);
        assert_eq!(fleet.get("/v1/fleet/machines?limit=99999999").await.0, 400);

        let (_, csv) = fleet.get("/v1/fleet/machines?format=csv").await;
        let rows: Vec<&str> = csv.lines().map(|line| line.rsplit_once("Z,").map_or(line, |(_, rest)| rest)).collect();
        assert_eq!(rows[0], "machine,state,enrolled,seen,bans,objects,bytes,unreadable");
        assert_eq!((rows.len(), rows[1], rows[3]), (5, "1,0,4096,0", "1,1,4096,0"), "{csv}");
        let (_, json) = fleet.get("/v1/fleet/machines?state=silent").await;
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!((json["rows"].as_array().unwrap().len(), &json["rows"][0]["machine"]), (1, &"m4".into()));
        let (_, first) = fleet.get("/v1/fleet/machines?limit=2").await;
        let first: serde_json::Value = serde_json::from_str(&first).unwrap();
        assert_eq!(first["next"], "m2");
        let (_, days) = fleet.get("/v1/fleet/days?days=3&format=csv").await;
        assert!(days.lines().last().unwrap().ends_with(",1,1,1"), "{days}");
        let (_, bans) = fleet.get("/v1/fleet/bans").await;
        assert!(bans.contains("\"clean\":1,\"pending\":1,\"failing\":1,\"silent\":0"), "{bans}");

        let (_, log) = fleet.get("/v1/fleet/items?format=osquery").await;
        let lines: Vec<serde_json::Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 2);
        let columns = lines[0]["columns"].as_object().unwrap();
        assert!(columns.values().all(serde_json::Value::is_string), "osquery's columns are texts");
        assert_eq!((&lines[0]["hostIdentifier"], &lines[0]["action"]), (&"m2".into(), &"snapshot".into()));
    })
    .await;
}

/// A page with much on it, for a browser to look at: `cargo test -p fleet pages` leaves it in the target folder.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_large_fleet_is_a_small_page() {
    use fleet::{Overview, html};
    use jiff::civil::date;
    use store::fleet::{BanRow, DayCount, LeaveRow, MachineFilter, MachineRow, MachineState};

    let at = crate::support::now();
    let day = |n: i8| {
        let done = u64::try_from(n).unwrap() * 300;
        DayCount { day: date(2026, 11, n), clean: done, pending: 9_800 - done, failing: 40 + done % 77 }
    };
    let row = |n: usize| MachineRow {
        machine: format!("laptop-{n:05}.office.example.org").parse().unwrap(),
        state: MachineState::ALL[n % 5],
        enrolled: at,
        seen: (n % 5 != 3).then_some(at),
        bans: 2,
        objects: n as u64 * 3,
        bytes: n as u64 * 7_000_000,
        unreadable: n as u64 % 3,
    };
    let ban = |name: &str, clean, pending| BanRow {
        ban: name.to_owned(),
        clean,
        pending,
        failing: 66,
        silent: 120,
        objects: 12_345,
        bytes: 987_654_321_000,
        leaves: 20,
    };
    let leave = |n: usize| LeaveRow {
        machine: format!("laptop-{n:05}").parse().unwrap(),
        ban: "Anthropic and Qwen".to_owned(),
        plan: format!("sha256:{}", "ab".repeat(32)),
        granted: at,
        expires: at,
    };
    let states = [7_900, 1_814, 66, 180, 40];
    let page = html(&Overview {
        at: jiff::Timestamp::now(),
        states: MachineState::ALL.into_iter().zip(states).collect(),
        bans: vec![ban("Anthropic and Qwen", 7_900, 1_814), ban("Cursor, from December", 40, 9_774)],
        days: (1..=27).map(day).collect(),
        leaves: (0..3).map(leave).collect(),
        filter: MachineFilter::default(),
        machines: (0..200).map(row).collect(),
        more: true,
    });
    assert!(page.len() < 200_000, "{} bytes", page.len());
    let kept = std::path::PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("fleet.html");
    std::fs::write(kept, page).unwrap();
}
