// Opens pages in headless Chromium as people would: light, dark and on a phone; asks axe-core about each, and
// prints what it found, what the page tried to load, and how long it took to be laid out, as JSON.
// node look_at_page.cjs MODULES CHROMIUM [SCREENSHOTS] PAGE...
const [modules, chromium, screenshots, ...pages] = process.argv.slice(2);
const puppeteer = require(modules + "/puppeteer-core");
const axe = require("fs").readFileSync(modules + "/axe-core/axe.min.js", "utf8");
const WIDTHS = { light: [1200, "light"], dark: [1200, "dark"], phone: [390, "light"] };

(async () => {
  const browser = await puppeteer.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
  const results = [];
  for (const file of pages) {
    for (const [name, [width, scheme]] of Object.entries(WIDTHS)) {
      const page = await browser.newPage();
      const asked = [], said = [];
      page.on("request", (request) => asked.push(request.url()));
      page.on("console", (message) => said.push(message.text()));
      await page.setViewport({ width, height: 900 });
      await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
      await page.goto("file://" + file, { waitUntil: "load" });
      const timing = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
      const reached = [];
      for (let step = 0; step < 6; step++) {
        await page.keyboard.press("Tab");
        reached.push(await page.evaluate(() => document.activeElement.textContent.trim().slice(0, 30)));
      }
      await page.evaluate(axe);
      const found = await page.evaluate(() => axe.run({ resultTypes: ["violations"] }));
      results.push({
        file, name, asked, said, timing, wide, reached,
        violations: found.violations.map((one) => [one.id, one.impact, one.nodes.slice(0, 3).map((node) => node.html)]),
      });
      if (screenshots !== "-") {
        await page.keyboard.press("Escape");
        await page.evaluate(() => { document.activeElement.blur(); window.scrollTo(0, 0); });
        const base = require("path").basename(file, ".html");
        await page.screenshot({ path: `${screenshots}/${base}-${name}.png`, fullPage: pages.length < 4 });
      }
      await page.close();
    }
  }
  await browser.close();
  console.log(JSON.stringify(results));
})();
