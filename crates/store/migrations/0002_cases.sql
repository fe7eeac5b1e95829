-- What people work on. Numbers are given under the writer's lock, so they have no gaps. The account is as the gateway knew it.
CREATE TABLE cases (
    number WHOLE NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    account_id TEXT,
    state TEXT NOT NULL,
    opened WHOLE NOT NULL,
    changed WHOLE NOT NULL
) TABLE_KIND;
CREATE INDEX cases_subject ON cases (kind, subject);
CREATE INDEX cases_account ON cases (account_id);
CREATE INDEX cases_state ON cases (state, number);
CREATE INDEX cases_opened ON cases (kind, opened);

-- Added to, never changed.
CREATE TABLE case_events (
    number WHOLE NOT NULL REFERENCES cases,
    place WHOLE NOT NULL,
    at WHOLE NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    note TEXT,
    PRIMARY KEY (number, place)
) TABLE_KIND;

-- Contact and statement become null when the account is erased or the appeal is old.
CREATE TABLE appeals (
    number WHOLE NOT NULL PRIMARY KEY REFERENCES cases,
    decision_id TEXT NOT NULL,
    contact TEXT,
    statement TEXT
) TABLE_KIND;
CREATE INDEX appeals_decision ON appeals (decision_id);
