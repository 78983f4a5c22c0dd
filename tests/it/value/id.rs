use entity::value::*;

#[test]
fn ids_sort_in_the_order_they_were_made() {
    let ids: Vec<_> = (0..10_000).map(|_| InvoiceId::generate()).collect();
    assert!(ids.is_sorted());
    assert!(ids[0].as_str().starts_with("inv_") && ids[0].as_str().len() == 30);
}

#[test]
fn the_bare_form_fits_a_dns_label() {
    let bare = bare_lower(CustomerId::generate().as_str());
    assert!(bare.len() == 26 && bare.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
}
