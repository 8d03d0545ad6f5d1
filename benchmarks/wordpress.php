<?php
// Fills an empty WordPress with the articles in the JSON file named first, and has it print them by the theme named
// second. Run by benchmarks/wordpress.py, once per theme; articles that are there already stay as they are.
error_reporting(E_ERROR);
define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = parse_url(getenv('SITE_URL'), PHP_URL_HOST);
require getenv('SITE_ROOT') . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
require_once ABSPATH . 'wp-admin/includes/image.php';

[, $stories, $theme] = $argv;
$site = json_decode(file_get_contents($stories), true);
if (!is_blog_installed()) {
    wp_install($site['name'], 'bientap', 'bientap@example.org', true, '', 'no-one-logs-in-here', 'vi');
    wp_delete_post(1, true);
    wp_delete_post(2, true);
    wp_update_user(['ID' => 1, 'display_name' => $site['desk']]);
    $settings = ['timezone_string' => 'Asia/Ho_Chi_Minh', 'date_format' => 'd/m/Y', 'time_format' => 'H:i',
        'permalink_structure' => '/%category%/%postname%/', 'WPLANG' => 'vi', 'comment_moderation' => '0',
        'comment_previously_approved' => '0'];
    foreach ($settings as $name => $value) {
        update_option($name, $value);
    }
    $GLOBALS['wp_rewrite']->init();
    foreach ($site['stories'] as $story) {
        fill($story);
    }
    flush_rewrite_rules();
}
switch_theme($theme);

/** Post one story: its section, its writer, its picture for lists, and what readers said of it. */
function fill(array $story): void
{
    $section = term_exists($story['section'], 'category') ?: wp_insert_term($story['section'], 'category');
    $post = wp_insert_post([
        'post_title' => wp_slash($story['title']), 'post_content' => wp_slash($story['content']),
        'post_name' => $story['slug'], 'post_status' => 'publish', 'post_author' => writer($story['writer']),
        'post_date' => $story['date'], 'post_category' => [(int) $section['term_id']], 'tags_input' => $story['tags'],
    ], true);
    if (is_wp_error($post)) {
        fwrite(STDERR, $story['title'] . ': ' . $post->get_error_message() . "\n");
        exit(1);
    }
    foreach ($story['comments'] as [$name, $text]) {
        wp_insert_comment(['comment_post_ID' => $post, 'comment_author' => $name, 'comment_content' => $text,
            'comment_approved' => 1, 'comment_date' => $story['date']]);
    }
    if ($story['picture']) {
        $file = wp_upload_bits($story['slug'] . '.jpg', null, base64_decode($story['picture']));
        $picture = wp_insert_attachment(['post_mime_type' => 'image/jpeg', 'post_title' => $story['slug']], $file['file'], $post);
        set_post_thumbnail($post, $picture);
    }
    echo json_encode([$story['number'], get_permalink($post)]) . "\n";
}

/** The number of the user who writes as $name; the desk without one. */
function writer(?string $name): int
{
    if ($name === null) {
        return 1;
    }
    $login = 'w' . md5($name);
    $known = get_user_by('login', $login);
    return $known ? $known->ID : wp_insert_user(['user_login' => $login, 'user_pass' => $login,
        'display_name' => $name, 'user_email' => $login . '@example.org', 'role' => 'author']);
}
