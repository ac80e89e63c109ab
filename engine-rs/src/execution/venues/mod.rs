//! How each venue takes orders, a folder each.

pub mod binance;
