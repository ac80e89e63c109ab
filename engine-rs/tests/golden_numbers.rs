//! Decimals, doubles and steps against the golden cases that the Python half reads too.

#![allow(clippy::unwrap_used)] // a test's helpers may

use pyrt_engine::model::{Grid, GridError, Rounding, decimal_to_mantissa, mantissa_to_double};
use toml::{Table, Value};

/// The rows of one table of the golden file.
fn cases(table: &str) -> Vec<Vec<Value>> {
    let golden: Table = include_str!("../../tests/golden/numbers.toml").parse().unwrap();
    let rows = golden[table].as_array().unwrap();
    rows.iter().map(|row| row.as_array().unwrap().clone()).collect()
}

fn exponent(value: &Value) -> u8 {
    value.as_integer().unwrap().try_into().unwrap()
}

#[test]
fn text() {
    for case in cases("text") {
        let expected = match case[2].as_str() {
            None => Ok(case[2].as_integer().unwrap()),
            Some("malformed") => Err(GridError::Malformed),
            Some("off_grid") => Err(GridError::OffGrid),
            Some("too_large") => Err(GridError::TooLarge),
            Some(other) => panic!("{other}"),
        };
        let text = case[0].as_str().unwrap();
        assert_eq!(decimal_to_mantissa(text.as_bytes(), exponent(&case[1])), expected, "{case:?}");
    }
}

#[test]
fn double() {
    for case in cases("double") {
        let double = mantissa_to_double(case[0].as_integer().unwrap(), exponent(&case[1]));
        assert_eq!(double.to_bits(), case[2].as_float().unwrap().to_bits(), "{case:?}");
    }
}

#[test]
fn steps() {
    for case in cases("steps") {
        let grid = Grid::new(case[0].as_integer().unwrap(), exponent(&case[1])).unwrap();
        let x = case[2].as_float().unwrap();
        let (down, up) = (case[4].as_integer().unwrap(), case[5].as_integer().unwrap());
        let expected = match case[3].as_str().unwrap() {
            "exact" | "snapped" => [Ok(down), Ok(down), Ok(up)],
            "off" => [Err(GridError::OffGrid), Ok(down), Ok(up)],
            "too_large" => [Err(GridError::TooLarge); 3],
            other => panic!("{other}"),
        };
        let got = [Rounding::Refuse, Rounding::Down, Rounding::Up].map(|rounding| grid.to_steps(x, rounding));
        assert_eq!(got, expected, "{case:?}");
    }
}

#[test]
fn grid() {
    for case in cases("grid") {
        let (text, mantissa) = (case[0].as_str().unwrap(), case[1].as_integer().unwrap());
        let grid = Grid::parse(text);
        if mantissa == 0 {
            assert!(grid.is_err(), "{case:?}");
        } else {
            assert_eq!(grid, Grid::new(mantissa, exponent(&case[2])), "{case:?}");
        }
    }
}
