<?php
echo json_encode(["user" => $user, "page" => $found[1]]), "\n";
