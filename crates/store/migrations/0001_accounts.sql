-- What a book holds. `version` is the store's version at which a row, or anything that hangs on it, last changed.
CREATE TABLE revision (
    one WHOLE PRIMARY KEY CHECK (one = 1),
    version WHOLE NOT NULL
) TABLE_KIND;
INSERT INTO revision (one, version) VALUES (1, 1);

CREATE TABLE organizations (
    organization_id TEXT NOT NULL PRIMARY KEY,
    standing TEXT NOT NULL,
    regime TEXT,
    as_of TEXT,
    version WHOLE NOT NULL
) TABLE_KIND;
CREATE INDEX organizations_version ON organizations (version);

-- An erased account keeps its id, the time of erasure and its version; all else is null.
CREATE TABLE accounts (
    account_id TEXT NOT NULL PRIMARY KEY,
    organization_id TEXT REFERENCES organizations,
    created WHOLE,
    plan TEXT,
    email_domain TEXT,
    payment_id TEXT,
    phone_country TEXT,
    signup_address TEXT,
    device_id TEXT,
    declared_country TEXT,
    salt BYTES,
    status TEXT NOT NULL,
    erased WHOLE,
    version WHOLE NOT NULL
) TABLE_KIND;
CREATE INDEX accounts_version ON accounts (version);

CREATE TABLE credentials (
    fingerprint BYTES NOT NULL PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES accounts,
    state TEXT NOT NULL,
    created WHOLE NOT NULL,
    changed WHOLE NOT NULL
) TABLE_KIND;
CREATE INDEX credentials_account ON credentials (account_id);

CREATE TABLE labels (
    account_id TEXT NOT NULL REFERENCES accounts,
    campaign_id TEXT NOT NULL,
    confidence_permille WHOLE NOT NULL,
    recommended TEXT NOT NULL,
    confirmed_by TEXT,
    set_at WHOLE NOT NULL,
    expires WHOLE NOT NULL,
    PRIMARY KEY (account_id, campaign_id)
) TABLE_KIND;

CREATE TABLE account_allowances (
    account_id TEXT NOT NULL PRIMARY KEY REFERENCES accounts,
    reason TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    set_at WHOLE NOT NULL,
    expires WHOLE NOT NULL
) TABLE_KIND;

CREATE TABLE organization_allowances (
    organization_id TEXT NOT NULL PRIMARY KEY REFERENCES organizations,
    reason TEXT NOT NULL,
    granted_by TEXT NOT NULL,
    set_at WHOLE NOT NULL,
    expires WHOLE NOT NULL
) TABLE_KIND;

CREATE TABLE verifications (
    account_id TEXT NOT NULL REFERENCES accounts,
    kind TEXT NOT NULL,
    set_at WHOLE NOT NULL,
    expires WHOLE NOT NULL,
    PRIMARY KEY (account_id, kind)
) TABLE_KIND;
