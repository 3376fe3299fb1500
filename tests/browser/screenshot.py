"""Make the README's picture: `python tests/browser/screenshot.py assets/screenshot.png` (needs Chromium)."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[2]
QUERY = "time=2005-01-21&method=bicubic&view=&lower_b=estimate:vorticity"


def main(path: str, width: int = 1440, height: int = 900) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "panel", "serve", str(ROOT / "explorer"), "--port", str(port)]
    server = subprocess.Popen([*command, "--allow-websocket-origin", f"localhost:{port}"])
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": width, "height": height}, device_scale_factor=1.25)
            for _ in range(60):
                try:
                    page.goto(f"http://localhost:{port}/explorer?{QUERY}")
                    break
                except Exception:
                    page.wait_for_timeout(500)
            page.get_by_text("network calls").first.wait_for(timeout=60_000)
            page.wait_for_timeout(2500)
            page.screenshot(path=path)
            browser.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main(sys.argv[1])
