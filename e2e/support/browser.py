"""Headless Chromium as a person would use it, and its screenshots in light, dark and phone width."""

import os
import pathlib
import shutil

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

SIZES = {"light": (1280, 900), "dark": (1280, 900), "phone": (360, 780)}


def available():
    return bool(_binary() and shutil.which("chromedriver"))


def _binary():
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def start(scratch):
    options = webdriver.ChromeOptions()
    options.binary_location = _binary()
    for argument in (
        "--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--hide-scrollbars",
        "--disable-background-networking", f"--user-data-dir={scratch}/chromium", "--window-size=1280,900",
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    service = Service(shutil.which("chromedriver"), log_output=os.path.join(scratch, "chromedriver.log"))
    driver = webdriver.Chrome(options=options, service=service)
    driver.set_page_load_timeout(30)
    return driver


def appearance(driver, name):
    """`light`, `dark` or `phone`: colour scheme and size."""
    width, height = SIZES[name]
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
        "width": width, "height": height, "deviceScaleFactor": 1, "mobile": name == "phone"})
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
        "features": [{"name": "prefers-color-scheme", "value": "dark" if name == "dark" else "light"}]})


def screenshots(driver, directory, name):
    """Keeps NAME-light.png, NAME-dark.png and NAME-phone.png of the page as it stands, each from its top."""
    directory = pathlib.Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for look in SIZES:
        appearance(driver, look)
        driver.execute_script("window.scrollTo(0, 0)")
        driver.save_screenshot(str(directory / f"{name}-{look}.png"))
    appearance(driver, "light")


def sideways_scroll(driver):
    """How many pixels the page is wider than its window."""
    return driver.execute_script("return document.documentElement.scrollWidth - window.innerWidth")


def console_errors(driver):
    return [entry for entry in driver.get_log("browser") if entry["level"] == "SEVERE"]
