//! Reports that arrive at once go into the store in one change: a sync of the disk serves all of them.

use serde_json::json;
use store::{
    Store,
    fleet::{NewReport, Taken},
};
use sweep::fleet;
use tokio::sync::{mpsc, oneshot};

use crate::{
    desk::{self, Note, Record},
    fault::Fault,
};

/// A report and who waits for its receipt.
pub(crate) struct Job {
    pub(crate) new: NewReport,
    pub(crate) answer: oneshot::Sender<Result<Taken, Fault>>,
}

/// Most reports in one change.
const BATCH: usize = 128;

/// Takes reports until nobody sends any more.
pub(crate) async fn work(store: Store, record: Option<Record>, mut waiting: mpsc::Receiver<Job>) {
    let mut jobs = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut jobs, BATCH).await > 0 {
        let (news, answers): (Vec<NewReport>, Vec<_>) = jobs.drain(..).map(|job| (job.new, job.answer)).unzip();
        let done = take(&store, record.as_ref(), &news).await;
        for (answer, done) in answers.into_iter().zip(done) {
            // Who has gone away asks again, and is told the same.
            let _ = answer.send(done);
        }
    }
}

async fn take(store: &Store, record: Option<&Record>, news: &[NewReport]) -> Vec<Result<Taken, Fault>> {
    let done = match desk::now() {
        Ok(now) => store.put_reports(news, now).await.map_err(Fault::from),
        Err(fault) => Err(fault),
    };
    let done: Vec<Result<Taken, Fault>> = match done {
        Ok(done) => done.into_iter().map(|one| one.map_err(Fault::from)).collect(),
        Err(fault) => return news.iter().map(|_| Err(fault.clone())).collect(),
    };
    // One that is sent again may be one whose entry a crash prevented: it is told twice rather than never.
    let taken = news.iter().zip(&done).filter(|(_, done)| done.is_ok());
    let notes = taken.map(|(new, _)| note(new)).collect();
    match desk::put(record, notes).await {
        Ok(()) => done,
        // It is in the store, and not confirmed: whoever sends it again gets the receipt then.
        Err(fault) => done.into_iter().map(|one| one.and_then(|_| Err(fault.clone()))).collect(),
    }
}

fn note(new: &NewReport) -> Note {
    let report = &new.report;
    let body = json!({
        "machine": report.machine, "key": new.key.to_string(), "sequence": report.sequence, "report": fleet::name(report),
        "ban": report.ban, "plan": report.plan, "status": report.status, "objects": report.objects,
    });
    Note { kind: "fleet-report", body }
}
