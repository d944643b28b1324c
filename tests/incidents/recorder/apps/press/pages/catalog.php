<?php
$number = (int) $found[1];
$cycle = false;
$children = ['news' => ['sport', 'arts'], 'sport' => ['football'], 'arts' => $cycle ? ['news'] : []];
$outline = function (string $name) use (&$outline, $children): array {
    return [$name => array_map($outline, $children[$name] ?? [])];
};
$tree = $outline('news');
usleep(random_int(1000, 8000));
echo "<h1>Article $number</h1>", json_encode($tree), str_repeat('<p>text</p>', $number * 3), "\n";
