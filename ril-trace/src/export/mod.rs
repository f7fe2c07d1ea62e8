//! Traces for other tools. JSON lines are made by [`Show::whole`](crate::show::Show::whole).

pub mod dissector;
pub mod html;
pub mod mermaid;
pub mod pcapng;
