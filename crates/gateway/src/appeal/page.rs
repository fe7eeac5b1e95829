//! The pages of an appeal. They load nothing and run nothing.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use policy::DecisionId;

const STYLE: &str = "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:38rem;margin:3rem auto;padding:0 1rem;color:#1b1f24;background:#fff}\
    label{display:block;margin:1.2rem 0 .3rem;font-weight:600}small{font-weight:400;color:#4d5560}\
    input,textarea{font:inherit;width:100%;box-sizing:border-box;padding:.5rem;border:1px solid #6b7480;border-radius:.3rem}\
    button{font:inherit;margin-top:1.4rem;padding:.6rem 1.4rem;border:0;border-radius:.3rem;background:#0b4f8a;color:#fff}\
    @media(prefers-color-scheme:dark){body{background:#14181d;color:#e6e9ed}small{color:#a8b0ba}\
    input,textarea{background:#1d232a;color:inherit}button{background:#8fc4f5;color:#0b1a28}}";

pub(super) fn html(status: StatusCode, page: &Markup) -> Response<Bytes> {
    let mut answer = Response::new(Bytes::from(page.0.clone()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let policy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'";
    headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

pub(super) fn form(decision: Option<DecisionId>) -> Markup {
    let decision = decision.map(|id| id.to_string()).unwrap_or_default();
    frame(
        "Contest a decision",
        &html! {
            p { "A request of yours was refused, and you think that is wrong. Say why; a person will look at it." }
            form method="post" action="/v1/appeals" {
                label for="decision_id" { "Decision " small { "it stands in the refusal and begins with dec_" } }
                input #decision_id name="decision_id" value=(decision) required maxlength="30";
                label for="statement" { "Why it is wrong " small { "in your own words, in any language" } }
                textarea #statement name="statement" rows="8" required maxlength="12000" {}
                label for="contact" { "Where to answer " small { "if you like an answer: an e-mail address, for example" } }
                input #contact name="contact" maxlength="200";
                button type="submit" { "Send" }
            }
        },
    )
}

pub(super) fn kept(case: &str) -> Markup {
    frame(
        "Your appeal is here",
        &html! { p { "A person will look at this decision. It is " strong { (case) } "; keep that name for questions." } },
    )
}

pub(super) fn refused(detail: &str) -> Markup {
    frame("Your appeal was not taken", &html! { p { (detail) } p { "Go back to change it; nothing is lost." } })
}

fn frame(title: &str, inside: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body { main { h1 { (title) } (inside) } }
        }
    }
}
