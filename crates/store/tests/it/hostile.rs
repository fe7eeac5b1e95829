//! Texts that would break out, and texts that are too long.

use store::{Contact, DatabaseUrl, Line, NewAppeal, Prose, Refusal, StoreError, TextError};

use crate::support::{account, at, decision, id, label, line, on_both, organization, prose, told};

const NASTY: [&str; 6] = [
    "'; DROP TABLE accounts; --",
    "\"$1\" ? :name @p {} %s \\' \\\\",
    "$$ $tag$ E'\\x00' \u{1f980}\u{200f}\u{fe0f}",
    "ﬁ e\u{301} \u{e9} İ ß",
    "null",
    "{\"a\":[1]} \\N",
];

#[tokio::test]
async fn hostile_texts_come_back_as_they_were() {
    on_both(async |database| {
        let store = database.open().await;
        for (number, text) in (0..).zip(NASTY) {
            let mut nasty = account(text);
            nasty.organization_id = Some(organization(text));
            nasty.plan = text.to_owned();
            nasty.email_domain = Some(text.to_owned());
            store.put_account(&nasty).await.expect("is stored");
            store.put_label(&label(text, text, 1)).await.expect("is stored");
            let statement = format!("{text}\n\r\t\u{7}{text}");
            let contact = Some(Contact::from(line(text)));
            let appeal = NewAppeal {
                decision: decision(number),
                account: Some(id(text)),
                contact,
                statement: prose(&statement),
            };
            let case = store.open_appeal(&appeal, at(0)).await.expect("is opened").case;
            assert_eq!(store.account(&id(text)).await.unwrap().account, nasty);
            assert_eq!(store.labels(&id(text)).await.unwrap()[0].campaign.as_str(), text);
            let said = store.case(case).await.unwrap().appeal.unwrap();
            assert_eq!(said.statement.as_ref().map(Prose::as_str), Some(statement.as_str()));
            assert_eq!(said.contact.as_ref().map(Contact::as_str), Some(text));
        }
        assert_eq!(store.book().await.unwrap().len(), NASTY.len());
    })
    .await;
}

#[tokio::test]
async fn what_a_database_could_not_keep_is_refused_before() {
    on_both(async |database| {
        let store = database.open().await;
        let mebibyte = "x".repeat(1 << 20);
        for (text, why) in [
            ("a\0b", "the plan is not taken: it holds the control character '\\0'"),
            ("a\u{85}b", "the plan is not taken: it holds the control character '\\u{85}'"),
            ("", "the plan is not taken: it is empty"),
            (mebibyte.as_str(), "the plan is not taken: it has 1048576 bytes, the limit is 256"),
        ] {
            let mut refused = account("a");
            refused.plan = text.to_owned();
            let error = store.put_account(&refused).await.expect_err("is not taken");
            assert!(matches!(error, StoreError::Refused(Refusal::Text { .. })));
            assert_eq!(told(&error), why);
        }
        assert!(store.book().await.unwrap().is_empty());
    })
    .await;
}

#[test]
fn texts_have_limits() {
    let limit = Prose::MAX_BYTES;
    assert!("x".repeat(limit).parse::<Prose>().is_ok());
    let bytes = limit + 1;
    assert_eq!("x".repeat(bytes).parse::<Prose>(), Err(TextError::TooLong { bytes, limit }));
    assert_eq!("x\0".parse::<Prose>(), Err(TextError::Control { character: '\0' }));
    assert_eq!("x\n".parse::<Line>(), Err(TextError::Control { character: '\n' }));
    assert_eq!(format!("{:?}", prose("secret")), "Prose(6 bytes)");
}

#[test]
fn an_address_of_a_database_hides_its_password() {
    let url = "postgres://ana:s3cret@db.example/ringfence?sslmode=require&password=s3cret2";
    let url: DatabaseUrl = url.parse().expect("is one");
    for shown in [url.to_string(), format!("{url:?}")] {
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("ana:***@db.example/ringfence?sslmode=require"), "{shown}");
    }
    assert_eq!("sqlite:///var/lib/x.db".parse::<DatabaseUrl>().unwrap().to_string(), "sqlite:///var/lib/x.db");
    for (text, why) in [
        ("mysql://s3cret@x/y", "the database's address begins with neither `sqlite://` nor `postgres://`"),
        (
            "sqlite://",
            "the path after `sqlite://` is empty or holds a `?`, a `#`, or a control character; write `sqlite:///path/to/store.db`",
        ),
        (
            "postgres://ana:s3cret@db",
            "the address of the PostgreSQL database names no database; write `postgres://user:password@host/database`",
        ),
        (
            "postgres://ana:s3cret@[db/x",
            "the address of the PostgreSQL database is no URL; write `postgres://user:password@host/database`",
        ),
    ] {
        assert_eq!(text.parse::<DatabaseUrl>().expect_err(text).to_string(), why);
    }
}
