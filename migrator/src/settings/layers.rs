//! Parameters in layers, each over those below it. What is said without a value counts: it keeps what is below it from
//! being used. Pure.

use crate::conninfo::Parameters;

/// What tells where a server is.
const PLACE: [&str; 3] = ["host", "hostaddr", "port"];

/// Whether a parameter has a value.
pub(super) fn says(parameters: &Parameters, key: &str) -> bool {
    parameters.get(key).is_some_and(|value| !value.is_empty())
}

/// Whether a server is named.
pub(super) fn has_host(parameters: &Parameters) -> bool {
    says(parameters, "host") || says(parameters, "hostaddr")
}

/// Puts a layer over another as libpq does: the name of a host and an address go together, whatever says them. Unlike
/// there, what names the host names the port too, even by leaving it out.
pub(super) fn join(parameters: &mut Parameters, layer: Parameters) {
    let is_address_of_another = says(parameters, "host") && !layer.contains_key("host");
    if has_host(&layer) && !is_address_of_another {
        parameters.remove("port");
    }
    parameters.extend(layer);
}

/// Puts a layer over another one, which tells nothing about its host.
pub(super) fn replace(parameters: &mut Parameters, layer: Parameters) {
    if has_host(&layer) {
        parameters.retain(|key, _| !PLACE.contains(&key.as_str()));
    }
    parameters.extend(layer);
}

/// A layer that nothing below it tells about its host.
pub(super) fn apart(mut layer: Parameters) -> Parameters {
    if has_host(&layer) {
        for key in PLACE {
            layer.entry(key.to_owned()).or_default();
        }
    }
    layer
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(text: &str) -> Parameters {
        crate::conninfo::parse(text).unwrap()
    }

    #[test]
    fn what_a_layer_leaves_of_the_one_below() {
        for (below, layer, joined, replaced) in [
            ("host=a port=1", "host=b", "host=b", "host=b"),
            (
                "host=a port=1",
                "host=b port=2",
                "host=b port=2",
                "host=b port=2",
            ),
            ("host=a port=1", "port=2", "host=a port=2", "host=a port=2"),
            (
                "host=a port=1",
                "hostaddr=::1",
                "host=a hostaddr=::1 port=1",
                "hostaddr=::1",
            ),
            (
                "hostaddr=::1 port=1",
                "host=a",
                "host=a hostaddr=::1",
                "host=a",
            ),
            (
                "hostaddr=::1 port=1",
                "hostaddr=::2",
                "hostaddr=::2",
                "hostaddr=::2",
            ),
            (
                "host=a port=1",
                "host=''",
                "host='' port=1",
                "host='' port=1",
            ),
            (
                "user=u",
                "user='' host=a",
                "host=a user=''",
                "host=a user=''",
            ),
        ] {
            let over = |put: fn(&mut Parameters, Parameters), layer| {
                let mut below = parameters(below);
                put(&mut below, layer);
                below
            };
            let said = || parameters(layer);
            assert_eq!(
                over(join, said()),
                parameters(joined),
                "{layer} joined to {below}"
            );
            assert_eq!(
                over(replace, said()),
                parameters(replaced),
                "{layer} for {below}"
            );
            let mut alone = over(join, apart(said()));
            alone.retain(|_, value| !value.is_empty());
            let mut expected = parameters(replaced);
            expected.retain(|_, value| !value.is_empty());
            assert_eq!(alone, expected, "{layer} apart from {below}");
        }
    }
}
