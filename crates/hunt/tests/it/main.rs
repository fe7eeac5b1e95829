//! The hunt seen from outside: simulated traffic in, findings out.

mod campaigns;
mod laws;
mod lookalikes;
mod null;
mod traffic;
