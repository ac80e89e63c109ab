//! The venue's side of Binance's WebSocket API: requests in, replies and events out, commands to whatever matches.
//! Pure: it is handed text, reports and the time.
//!
//! | file | noun |
//! |---|---|
//! | `gateway.rs` | the door: connections, methods, replies, events |
//! | `request.rs` | a request and its parameters |
//! | `access.rs` | who may trade: keys, signatures, times |
//! | `failure.rs` | refusals with the venue's codes |
//! | `placing.rs` | parameters to an order, and the venue's filters |
//! | `changing.rs` | orders that change: fewer lots, or another order in their place |
//! | `mass_cancel.rs` | one request that cancels many orders |
//! | `venue_order.rs` | an order as the venue keeps it |
//! | `forms.rs`, `events.rs` | replies and events as the venue writes them |

mod access;
mod changing;
mod events;
mod failure;
mod forms;
mod gateway;
mod mass_cancel;
mod placing;
mod request;
mod venue_order;

pub use access::{Account, Secret};
pub use changing::{Only, Replacement};
pub use gateway::{Action, Connection, OrderEntry};
