//! Notifier writes to the customer when an order has left the house.

use hyper::{Body, Client, Method, Request};
use regex::Regex;
use smallvec::SmallVec;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let address = Regex::new(r"^[^@\s]+@[^@\s]+$")?;
    let hour = time::now().tm_hour;
    let waiting: SmallVec<[String; 4]> = std::env::args().skip(1).filter(|a| address.is_match(a)).collect();
    for customer in waiting {
        let text = format!("to={customer}&hour={hour}");
        let request = Request::builder().method(Method::POST).uri("http://mail.shop.example/").body(Body::from(text))?;
        println!("{customer}: {}", Client::new().request(request).await?.status());
    }
    Ok(())
}
