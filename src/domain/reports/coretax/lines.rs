//! Lines of a tax invoice: without what was taken back before it, and without lines below zero, which Coretax does not
//! know. What a line below zero takes off (the rest of an old plan) is a discount of the other lines.
use entity::value::{MoneyError, Ratio, allocate};
use sea_orm::FromQueryResult;

/// A line as sold, whole rupiah.
#[derive(Clone, Debug, Default, PartialEq, Eq, FromQueryResult)]
pub struct Sold {
    /// Of which invoice.
    pub invoice_id: String,
    /// Words.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// Price of one, net.
    pub unit_minor: i64,
    /// Net of the line.
    pub net_minor: i64,
    /// Its tax.
    pub tax_minor: i64,
    /// Net taken back by credit notes, or given up, before its tax fell due.
    pub back_net_minor: i64,
    /// Tax taken back so.
    pub back_tax_minor: i64,
}

/// A line of a tax invoice, whole rupiah: `quantity × price − discount = net`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Good {
    /// Words.
    pub name: String,
    /// How many.
    pub quantity: i64,
    /// Price of one.
    pub price_minor: i64,
    /// What was taken off.
    pub discount_minor: i64,
    /// Base (DPP).
    pub net_minor: i64,
    /// Other base (DPP nilai lain), rounded half up once.
    pub other_base_minor: i64,
    /// Tax.
    pub tax_minor: i64,
}

/// The lines of a tax invoice. Net and tax sum to what is left of `sold`; nothing left is no line.
///
/// # Errors
/// `Overflow`, `ZeroDenominator` for amounts that cannot be computed.
pub fn goods(sold: Vec<Sold>, base: Ratio) -> Result<Vec<Good>, MoneyError> {
    let left = |line: &Sold| (line.net_minor - line.back_net_minor, line.tax_minor - line.back_tax_minor);
    let (kept, below): (Vec<Sold>, Vec<Sold>) = sold.into_iter().partition(|line| left(line).0 > 0);
    let (off_net, off_tax) = below.iter().map(left).fold((0, 0), |(net, tax), (n, t)| (net - n, tax - t));
    let nets: Vec<i64> = kept.iter().map(|line| left(line).0).collect();
    let (net_parts, tax_parts) = (allocate(off_net, &nets), allocate(off_tax, &nets));
    let mut goods = Vec::with_capacity(kept.len());
    for ((line, off_net), off_tax) in kept.into_iter().zip(net_parts).zip(tax_parts) {
        let (net, tax) = left(&line);
        let (net_minor, tax_minor) = (net - off_net, tax - off_tax);
        let gross = line.quantity.checked_mul(line.unit_minor).ok_or(MoneyError::Overflow)?;
        if net_minor > 0 || tax_minor > 0 {
            goods.push(Good {
                name: line.description,
                quantity: line.quantity,
                price_minor: line.unit_minor,
                discount_minor: gross - net_minor,
                net_minor,
                other_base_minor: base.of(net_minor)?,
                tax_minor,
            });
        }
    }
    Ok(goods)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sold(unit: i64, net: i64, tax: i64, back: (i64, i64)) -> Sold {
        Sold {
            quantity: 1,
            unit_minor: unit,
            net_minor: net,
            tax_minor: tax,
            back_net_minor: back.0,
            back_tax_minor: back.1,
            ..Sold::default()
        }
    }

    const BASE: Ratio = Ratio::new(11, 12);

    #[test]
    fn a_line_below_zero_is_a_discount_of_the_others() {
        let made = goods(vec![sold(100_000, 100_000, 11_000, (0, 0)), sold(-40_000, -40_000, -4_400, (0, 0))], BASE);
        let made = made.unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].price_minor, made[0].discount_minor, made[0].net_minor), (100_000, 40_000, 60_000));
        assert_eq!((made[0].other_base_minor, made[0].tax_minor), (55_000, 6_600));
    }

    #[test]
    fn what_was_credited_before_is_not_sold() {
        let made =
            goods(vec![sold(50_000, 50_000, 5_500, (50_000, 5_500)), sold(50_000, 50_000, 5_500, (9_009, 991))], BASE);
        let made = made.unwrap();
        assert_eq!(made.len(), 1);
        assert_eq!((made[0].net_minor, made[0].tax_minor, made[0].discount_minor), (40_991, 4_509, 9_009));
    }

    proptest! {
        #[test]
        fn lines_sum_to_what_is_left(lines in proptest::collection::vec((-1_000_000i64..3_000_000, 0i64..300_000), 1..8)) {
            let all: Vec<Sold> = lines.iter().map(|(net, _)| {
                let tax = Ratio::new(11, 100).of(*net).unwrap();
                sold(*net, *net, tax, (0, 0))
            }).collect();
            let (net, tax): (i64, i64) = all.iter().fold((0, 0), |sums, line| (sums.0 + line.net_minor, sums.1 + line.tax_minor));
            prop_assume!(net > 0);
            let made = goods(all, BASE).unwrap();
            prop_assert_eq!(made.iter().map(|good| good.net_minor).sum::<i64>(), net);
            prop_assert_eq!(made.iter().map(|good| good.tax_minor).sum::<i64>(), tax);
            for good in made {
                prop_assert_eq!(good.quantity * good.price_minor - good.discount_minor, good.net_minor);
            }
        }
    }
}
