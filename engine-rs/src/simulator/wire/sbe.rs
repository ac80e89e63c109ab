//! Binance's streams in their binary form, made of the same messages as JSON: SBE by the letter of `stream_1_0.xml`. It shares
//! nothing with the engine's reader, so each can check the other.

use serde_json::Value as Json;

use crate::model::Nanos;

use super::parse_decimal;

/// Units of 1e-8, as everywhere in here.
const POWER: i8 = -8;
const SCHEMA: u16 = 1;

/// The name that a stream of JSON has among the binary ones; nothing if it has no such form.
#[must_use]
pub fn binary_name(stream: &str) -> Option<String> {
    let (symbol, kind) = stream.split_once('@')?;
    let kind = match kind {
        "trade" => "trade",
        "bookTicker" => "bestBidAsk",
        "depth@100ms" => "depth",
        "depth20@100ms" => "depth20",
        _ => return None,
    };
    Some(format!("{symbol}@{kind}"))
}

/// The binary form of a combined message `{"stream":…,"data":…}`; nothing if it has none. `now` is the time of a message that
/// says none.
#[must_use]
pub fn binary_form(text: &str, now: Nanos) -> Option<Vec<u8>> {
    let message: Json = serde_json::from_str(text).ok()?;
    let data = &message["data"];
    let time = |key: &str| data[key].as_i64().map_or(now.0 / 1_000, |ms| ms * 1_000);
    let (symbol, kind) = message["stream"].as_str()?.split_once('@')?;
    match kind.split('@').next()? {
        "trade" => {
            let mut bytes = head(18, 10_000);
            bytes.extend([time("E"), time("T")].map(i64::to_le_bytes).as_flattened());
            powers(&mut bytes);
            bytes.extend(25_u16.to_le_bytes());
            bytes.extend(1_u32.to_le_bytes());
            bytes.extend(data["t"].as_i64()?.to_le_bytes());
            bytes.extend(decimal(&data["p"])?);
            bytes.extend(decimal(&data["q"])?);
            bytes.push(u8::from(data["m"].as_bool()?));
            named(bytes, symbol)
        }
        "bookTicker" => {
            let mut bytes = head(50, 10_001);
            bytes.extend(time("E").to_le_bytes());
            bytes.extend(data["u"].as_i64()?.to_le_bytes());
            powers(&mut bytes);
            for key in ["b", "B", "a", "A"] {
                bytes.extend(decimal(&data[key])?);
            }
            named(bytes, symbol)
        }
        "depth20" => {
            let mut bytes = head(18, 10_002);
            bytes.extend(time("E").to_le_bytes());
            bytes.extend(data["lastUpdateId"].as_i64()?.to_le_bytes());
            powers(&mut bytes);
            levels(&mut bytes, &data["bids"])?;
            levels(&mut bytes, &data["asks"])?;
            named(bytes, symbol)
        }
        "depth" => {
            let mut bytes = head(26, 10_003);
            bytes.extend(time("E").to_le_bytes());
            bytes.extend(data["U"].as_i64()?.to_le_bytes());
            bytes.extend(data["u"].as_i64()?.to_le_bytes());
            powers(&mut bytes);
            levels(&mut bytes, &data["b"])?;
            levels(&mut bytes, &data["a"])?;
            named(bytes, symbol)
        }
        _ => None,
    }
}

/// Length of the block, template, schema, version.
fn head(block: u16, template: u16) -> Vec<u8> {
    [block, template, SCHEMA, 0].map(u16::to_le_bytes).as_flattened().to_vec()
}

fn powers(bytes: &mut Vec<u8>) {
    bytes.extend([POWER, POWER].map(i8::cast_unsigned));
}

fn decimal(text: &Json) -> Option<[u8; 8]> {
    parse_decimal(text.as_str()?).map(i64::to_le_bytes)
}

fn levels(bytes: &mut Vec<u8>, side: &Json) -> Option<()> {
    let side = side.as_array()?;
    bytes.extend(16_u16.to_le_bytes());
    bytes.extend(u16::try_from(side.len()).ok()?.to_le_bytes());
    for level in side {
        bytes.extend(decimal(&level[0])?);
        bytes.extend(decimal(&level[1])?);
    }
    Some(())
}

fn named(mut bytes: Vec<u8>, symbol: &str) -> Option<Vec<u8>> {
    bytes.push(u8::try_from(symbol.len()).ok()?);
    bytes.extend(symbol.to_ascii_uppercase().bytes());
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Byte for byte by hand, from the schema.
    #[test]
    fn a_diff_is_what_the_schema_says() {
        let text = r#"{"stream":"btcusdt@depth@100ms","data":{"e":"depthUpdate","E":2,"s":"BTCUSDT","U":3,"u":260,"b":[["0.00000258","1"]],"a":[]}}"#;
        let bytes: Vec<u8> = [
            &[26, 0, 0x13, 0x27, 1, 0, 0, 0][..],
            &[0xd0, 7, 0, 0, 0, 0, 0, 0], // 2000 microseconds
            &[3, 0, 0, 0, 0, 0, 0, 0],
            &[4, 1, 0, 0, 0, 0, 0, 0],
            &[0xf8, 0xf8], // ten to the power of minus eight
            &[16, 0, 1, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0xe1, 0xf5, 5, 0, 0, 0, 0],
            &[16, 0, 0, 0],
            b"\x07BTCUSDT",
        ]
        .concat();
        assert_eq!(binary_form(text, Nanos(0)), Some(bytes));
        assert_eq!(binary_form(r#"{"stream":"btcusdt@kline_1m","data":{}}"#, Nanos(0)), None);
        assert_eq!(binary_name("btcusdt@bookTicker").as_deref(), Some("btcusdt@bestBidAsk"));
        assert_eq!(binary_name("btcusdt@depth"), None, "every second: JSON alone");
    }
}
