//! Places for the members of linked groups: groups in rows of circles, members by spring forces inside their circle.
//!
//! No randomness: the same findings give the same picture.

use std::f64::consts::TAU;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Point {
    pub(crate) x: f64,
    pub(crate) y: f64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Circle {
    centre: Point,
    radius: f64,
}

const MARGIN: f64 = 9.0;
const STEPS: u32 = 200;

/// A circle for each group size, in rows from left to right, and the height of them all.
pub(crate) fn pack(sizes: &[usize], width: f64) -> (Vec<Circle>, f64) {
    let scale = if sizes.len() == 1 { 22.0 } else { 17.0 };
    let radius = |size: usize| (scale * (size as f64).sqrt()).min(width / 2.0 - MARGIN);
    let mut circles = Vec::with_capacity(sizes.len());
    let (mut x, mut top, mut row_height) = (0.0, 0.0, 0.0_f64);
    let mut row_start = 0;
    for size in sizes {
        let (r, across) = (radius(*size), 2.0 * (radius(*size) + MARGIN));
        if x + across > width && x > 0.0 {
            centre_row(&mut circles[row_start..], x, width);
            row_start = circles.len();
            (x, top, row_height) = (0.0, top + row_height, 0.0);
        }
        row_height = row_height.max(across);
        circles.push(Circle { centre: Point { x: x + across / 2.0, y: top + across / 2.0 }, radius: r });
        x += across;
    }
    centre_row(&mut circles[row_start..], x, width);
    (circles, top + row_height)
}

fn centre_row(row: &mut [Circle], used: f64, width: f64) {
    for circle in row {
        circle.centre.x += (width - used) / 2.0;
    }
}

/// Places for `n` members inside `circle`; `edges` are pairs of indices below `n`.
pub(crate) fn place(n: usize, edges: &[(usize, usize)], circle: Circle) -> Vec<Point> {
    let start = |i: usize| {
        // A sunflower spiral spreads the starting points evenly without randomness.
        let (r, angle) = ((i as f64 + 0.5).sqrt() / (n as f64).sqrt(), i as f64 * TAU * 0.381_966);
        Point { x: r * angle.cos(), y: r * angle.sin() }
    };
    let mut points: Vec<Point> = (0..n).map(start).collect();
    for step in 0..STEPS {
        let most = 0.15 * (1.0 - f64::from(step) / f64::from(STEPS));
        let forces = forces(&points, edges);
        for (point, force) in points.iter_mut().zip(forces) {
            let length = force.x.hypot(force.y).max(1e-9);
            let move_by = length.min(most) / length;
            (point.x, point.y) = (point.x + force.x * move_by, point.y + force.y * move_by);
        }
    }
    fit(&points, circle)
}

/// Fruchterman-Reingold: members push each other away, links pull.
fn forces(points: &[Point], edges: &[(usize, usize)]) -> Vec<Point> {
    let ideal = 1.0 / (points.len() as f64).sqrt();
    let mut forces: Vec<Point> = points.iter().map(|p| Point { x: -0.1 * p.x, y: -0.1 * p.y }).collect();
    let mut add = |i: usize, j: usize, strength: &dyn Fn(f64) -> f64| {
        let (dx, dy) = (points[i].x - points[j].x, points[i].y - points[j].y);
        let distance = dx.hypot(dy).max(1e-3);
        let by = strength(distance) / distance;
        forces[i] = Point { x: forces[i].x + dx * by, y: forces[i].y + dy * by };
        forces[j] = Point { x: forces[j].x - dx * by, y: forces[j].y - dy * by };
    };
    for i in 0..points.len() {
        for j in i + 1..points.len() {
            add(i, j, &|d| ideal * ideal / d);
        }
    }
    for (i, j) in edges {
        add(*i, *j, &|d| -d * d / ideal);
    }
    forces
}

/// Scales the drawing to the circle, around its own middle.
fn fit(points: &[Point], circle: Circle) -> Vec<Point> {
    let n = points.len().max(1) as f64;
    let middle =
        Point { x: points.iter().map(|p| p.x).sum::<f64>() / n, y: points.iter().map(|p| p.y).sum::<f64>() / n };
    let far = points.iter().map(|p| (p.x - middle.x).hypot(p.y - middle.y)).fold(1e-9, f64::max);
    let scale = circle.radius / far;
    let moved = |p: &Point| Point {
        x: circle.centre.x + (p.x - middle.x) * scale,
        y: circle.centre.y + (p.y - middle.y) * scale,
    };
    points.iter().map(moved).collect()
}
