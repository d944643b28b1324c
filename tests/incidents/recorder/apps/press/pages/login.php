<?php
$user = $_POST["user"] ?? "";
setcookie("session", $user);
header("Location: /dashboard", true, 302);
