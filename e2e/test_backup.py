"""`mainstay backup` and `mainstay restore`, as an operator uses them."""

import json


def test_a_running_servers_backup_comes_back(run, server, tmp_path):
    made = run("backup", "--data-dir", server.data, tmp_path / "backup", "--format", "json")
    assert made.returncode == 0, made.stderr
    manifest = json.loads(made.stdout)
    assert manifest["lastSequence"] > 0
    assert [file["path"] for file in manifest["files"]][0] == "journal.db"
    checked = run("restore", "--check", "--data-dir", tmp_path / "new", tmp_path / "backup")
    assert checked.returncode == 0 and "good" in checked.stdout
    assert not (tmp_path / "new").exists()
    restored = run("restore", "--data-dir", tmp_path / "new", tmp_path / "backup")
    assert restored.returncode == 0, restored.stderr
    assert (tmp_path / "new" / "journal.db").is_file()
    in_use = run("restore", "--force", "--data-dir", server.data, tmp_path / "backup")
    assert in_use.returncode == 2 and "in use" in in_use.stderr


def test_a_damaged_backup_is_refused_in_one_line(run, server, tmp_path):
    assert run("backup", "--data-dir", server.data, tmp_path / "backup").returncode == 0
    journal = tmp_path / "backup" / "journal.db"
    content = bytearray(journal.read_bytes())
    content[len(content) // 2] ^= 1
    journal.write_bytes(content)
    refused = run("restore", "--data-dir", tmp_path / "new", tmp_path / "backup")
    assert refused.returncode == 1
    assert "journal.db: not what the manifest says" in refused.stderr and refused.stderr.count("\n") == 1
    assert not (tmp_path / "new").exists()
