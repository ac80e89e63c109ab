//! Orders that change at the simulated venue, over a bare WebSocket: `order.amend.keepPriority` and
//! `order.cancelReplace` with the venue's replies, errors and events.

use std::fs;

use pyrt_engine::simulator::TradingOptions;
use serde_json::{Value as Json, json};

use crate::simulator::run;
use crate::trading::{Trader, balances, limit, standing};

/// `order.cancelReplace` of `old` by `new`.
async fn replace(trader: &mut Trader, old: &str, new: &str, order: Json) -> Json {
    let mut params = order;
    for (key, value) in [("cancelReplaceMode", "STOP_ON_FAILURE"), ("newClientOrderId", new)] {
        params.as_object_mut().unwrap().entry(key).or_insert(value.into());
    }
    params["cancelOrigClientOrderId"] = old.into();
    trader.order("order.cancelReplace", "", params).await
}

async fn amend(trader: &mut Trader, name: &str, qty: &str) -> Json {
    trader.order("order.amend.keepPriority", name, json!({ "newQty": qty, "newClientOrderId": name })).await
}

fn code(reply: &Json) -> (u64, i64) {
    (reply["status"].as_u64().unwrap(), reply["error"]["code"].as_i64().unwrap_or(0))
}

#[test]
fn an_order_becomes_smaller_in_its_place() {
    run(async {
        let (simulator, _listener, path) = standing("amended", TradingOptions::default()).await;
        let mut trader = Trader::ready(&simulator).await;
        trader.place("a", limit("BUY", "100.00", "1", "GTC")).await;
        let reply = amend(&mut trader, "a", "0.4").await;
        let order = &reply["result"]["amendedOrder"];
        let said =
            ["qty", "executedQty", "status", "clientOrderId", "origClientOrderId"].map(|key| &order[key]);
        let expected = ["0.40000000", "0.00000000", "NEW", "a", "a"].map(Json::from);
        assert_eq!(said, expected.each_ref());
        assert!(reply["result"]["executionId"].is_u64() && order.get("origQty").is_none());
        trader.event("executionReport").await; // NEW
        let event = trader.event("executionReport").await;
        let said = ["x", "X", "q", "c", "C"].map(|key| &event[key]);
        assert_eq!(said, ["REPLACED", "NEW", "0.40000000", "a", "a"].map(Json::from).each_ref());
        trader.event("outboundAccountPosition").await;
        let position = trader.event("outboundAccountPosition").await;
        assert_eq!(balances(&position), "BTC 10.00000000 0.00000000 USDT 99959.96000000 40.04000000");
        for (name, qty, expected) in [
            ("a", "0.4", (400, -2038)), // no change
            ("a", "0.5", (400, -2038)), // more
            ("a", "0", (400, -1013)),
            ("a", "0.000001", (400, -1013)), // no lot
            ("b", "0.1", (400, -2038)),
        ] {
            assert_eq!(code(&amend(&mut trader, name, qty).await), expected, "{name} {qty}");
        }
        // Ten times and no more; another name is taken, and the old one is free then.
        for n in 1..10 {
            assert_eq!(
                code(&amend(&mut trader, "a", &format!("{:.2}", 0.4 - f64::from(n) * 0.01)).await).0,
                200
            );
        }
        assert_eq!(code(&amend(&mut trader, "a", "0.1").await), (400, -2038));
        trader.place("c", limit("BUY", "100.00", "1", "GTC")).await;
        let renamed = json!({ "newQty": "0.5", "newClientOrderId": "d" });
        let reply = trader.order("order.amend.keepPriority", "c", renamed).await;
        assert_eq!(reply["result"]["amendedOrder"]["clientOrderId"], "d");
        assert_eq!(trader.order("order.status", "d", json!({})).await["result"]["origQty"], "0.50000000");
        assert_eq!(trader.order("order.status", "c", json!({})).await["error"]["code"], -2013);
        fs::remove_file(path).unwrap();
    });
}

#[test]
fn an_order_takes_the_place_of_another() {
    run(async {
        let (simulator, _listener, path) = standing("replaced", TradingOptions::default()).await;
        let mut trader = Trader::ready(&simulator).await;
        trader.place("a", limit("BUY", "100.00", "1", "GTC")).await;
        let reply = replace(&mut trader, "a", "b", limit("BUY", "98.00", "2", "GTC")).await;
        let result = &reply["result"];
        assert_eq!(
            (&result["cancelResult"], &result["newOrderResult"]),
            (&json!("SUCCESS"), &json!("SUCCESS"))
        );
        assert_eq!(result["cancelResponse"]["origClientOrderId"], "a");
        assert_eq!(result["cancelResponse"]["status"], "CANCELED");
        assert_eq!(
            (&result["newOrderResponse"]["clientOrderId"], &result["newOrderResponse"]["status"]),
            (&json!("b"), &json!("NEW"))
        );
        let mut said = vec![];
        for _ in 0..3 {
            let event = trader.event("executionReport").await;
            said.push((event["x"].clone(), event["c"].clone(), event["C"].clone()));
        }
        let canceled = result["cancelResponse"]["clientOrderId"].clone();
        let expected = [("NEW", json!("a"), ""), ("CANCELED", canceled, "a"), ("NEW", json!("b"), "")];
        assert_eq!(said, expected.map(|(x, name, original)| (json!(x), name, json!(original))));
        // The first step fails: there is no second.
        let none = replace(&mut trader, "a", "c", limit("BUY", "98.00", "1", "GTC")).await;
        assert_eq!(code(&none), (400, -2022));
        let data = &none["error"]["data"];
        assert_eq!(
            (&data["cancelResult"], &data["newOrderResult"]),
            (&json!("FAILURE"), &json!("NOT_ATTEMPTED"))
        );
        assert_eq!(
            (&data["cancelResponse"]["code"], &data["newOrderResponse"]),
            (&json!(-2011), &Json::Null)
        );
        assert_eq!(trader.order("order.status", "c", json!({})).await["error"]["code"], -2013);
        // The second one does: the first is done all the same.
        let maker = json!({ "side": "BUY", "type": "LIMIT_MAKER", "price": "102.00", "quantity": "1" });
        let half = replace(&mut trader, "b", "d", maker).await;
        assert_eq!(code(&half), (409, -2021));
        let data = &half["error"]["data"];
        assert_eq!((&data["cancelResult"], &data["newOrderResult"]), (&json!("SUCCESS"), &json!("FAILURE")));
        assert_eq!(data["newOrderResponse"]["code"], -2010);
        assert_eq!(trader.event("executionReport").await["x"], "CANCELED");
        let refused = trader.event("executionReport").await;
        assert_eq!(
            (&refused["x"], &refused["X"], &refused["c"]),
            (&json!("REJECTED"), &json!("REJECTED"), &json!("d"))
        );
        let status = trader.order("order.status", "b", json!({})).await;
        assert_eq!(status["result"]["status"], "CANCELED");
        // What is looked at before leaves everything as it was.
        trader.place("e", limit("BUY", "98.00", "1", "GTC")).await;
        assert_eq!(
            code(&replace(&mut trader, "e", "f", limit("BUY", "98.001", "1", "GTC")).await),
            (400, -1013)
        );
        assert_eq!(trader.order("order.status", "e", json!({})).await["result"]["status"], "NEW");
        // In the other mode the second step is tried in any case.
        let mut both = limit("BUY", "98.00", "1", "GTC");
        both["cancelReplaceMode"] = "ALLOW_FAILURE".into();
        let half = replace(&mut trader, "never", "g", both).await;
        assert_eq!(
            (code(&half), &half["error"]["data"]["newOrderResult"]),
            ((409, -2021), &json!("SUCCESS"))
        );
        fs::remove_file(path).unwrap();
    });
}

#[test]
fn a_restricted_cancel_and_a_quantity_that_has_filled_are_refused() {
    run(async {
        let (simulator, _listener, path) = standing("crossed", TradingOptions::default()).await;
        let mut trader = Trader::ready(&simulator).await;
        // Two at 101.00 take the level, and what is left rests.
        trader.place("a", limit("BUY", "101.00", "3", "GTC")).await;
        let mut only = limit("BUY", "98.00", "1", "GTC");
        only["cancelRestrictions"] = "ONLY_NEW".into();
        let refused = replace(&mut trader, "a", "b", only.clone()).await;
        assert_eq!(code(&refused), (400, -2022));
        let words = refused["error"]["data"]["cancelResponse"]["msg"].as_str().unwrap();
        assert!(words.contains("cancel restrictions"), "{words}");
        assert_eq!(code(&amend(&mut trader, "a", "2").await), (400, -2038));
        let status = trader.order("order.status", "a", json!({})).await;
        assert_eq!(status["result"]["status"], "PARTIALLY_FILLED");
        only["cancelRestrictions"] = "ONLY_PARTIALLY_FILLED".into();
        assert_eq!(code(&replace(&mut trader, "a", "b", only).await), (200, 0));
        // A stop is on the book once it was triggered.
        let stop = json!({ "side": "SELL", "type": "STOP_LOSS_LIMIT", "timeInForce": "GTC", "price": "97.00",
            "stopPrice": "98.00", "quantity": "1" });
        trader.place("s", stop).await;
        assert_eq!(trader.order("order.status", "s", json!({})).await["result"]["isWorking"], false);
        fs::remove_file(path).unwrap();
    });
}
