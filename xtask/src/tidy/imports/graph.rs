//! A directed graph of names, each edge with the first place that draws it.

use std::collections::{BTreeMap, VecDeque};

/// From and to.
pub(super) type Edge = (String, String);

/// A path and a line.
pub(super) type Site = (String, usize);

/// Who imports whom.
#[derive(Debug, Default)]
pub(super) struct Graph {
    edges: BTreeMap<Edge, Site>,
}

impl Graph {
    /// Adds an edge, unless it is there.
    pub(super) fn add(&mut self, from: &str, to: &str, path: &str, line: usize) {
        self.edges.entry((from.to_owned(), to.to_owned())).or_insert_with(|| (path.to_owned(), line));
    }

    /// Returns the edges with their places.
    pub(super) fn edges(&self) -> impl Iterator<Item = (&Edge, &Site)> {
        self.edges.iter()
    }

    /// Returns whether there is such an edge.
    pub(super) fn has(&self, from: &str, to: &str) -> bool {
        self.edges.contains_key(&(from.to_owned(), to.to_owned()))
    }

    /// Returns the graph without these edges.
    pub(super) fn without(&self, cut: &[(&str, &str)]) -> Self {
        let is_kept = |(from, to): &Edge| !cut.contains(&(from.as_str(), to.as_str()));
        Self {
            edges: self
                .edges
                .iter()
                .filter(|(edge, _)| is_kept(edge))
                .map(|(e, p)| (e.clone(), p.clone()))
                .collect(),
        }
    }

    /// Returns the shortest way from one node to another, both included.
    pub(super) fn way<'a>(&'a self, from: &'a str, to: &str) -> Option<Vec<&'a str>> {
        let mut came_from = BTreeMap::from([(from, from)]);
        let mut queue = VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            if node == to {
                let mut way = vec![node];
                while way.last() != Some(&from) {
                    way.push(came_from[way[way.len() - 1]]);
                }
                way.reverse();
                return Some(way);
            }
            for (_, next) in self.edges.keys().filter(|(start, _)| start == node) {
                if !came_from.contains_key(next.as_str()) {
                    came_from.insert(next, node);
                    queue.push_back(next);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_way_is_found_and_a_cut_edge_is_gone() {
        let mut graph = Graph::default();
        for (from, to) in [("a", "b"), ("b", "c"), ("c", "d"), ("b", "d")] {
            graph.add(from, to, "x.rs", 1);
        }
        assert_eq!(graph.way("a", "d"), Some(vec!["a", "b", "d"]));
        assert_eq!(graph.without(&[("b", "d")]).way("a", "d"), Some(vec!["a", "b", "c", "d"]));
        assert_eq!(graph.way("d", "a"), None);
    }
}
