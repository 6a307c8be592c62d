// The pages of the API in a real Chromium: docs_page.ts URL [FOLDER for pictures].
// Any violation of the content policy, any error on the console and any request to somewhere else
// is a failure, on every page and size; the last check shows that a violation would be seen.
import { chromium, type Page } from "playwright-core";
import { check, finish, same } from "./report.ts";

const [base = "", pictures] = process.argv.slice(2);

type Api = { paths: Record<string, Record<string, { operationId: string }>>;
  "x-problems": { code: string }[] };
const api = (await (await fetch(`${base}/openapi.json`)).json()) as Api;
const operations = Object.values(api.paths).flatMap((m) => Object.values(m));

const browser = await chromium.launch({
  executablePath: process.env["CHROMIUM"] ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});

/** A page that writes down all that it should not do. */
async function open(path: string, width: number, dark: boolean) {
  const page = await browser.newPage({
    viewport: { width, height: width < 500 ? 800 : 900 }, colorScheme: dark ? "dark" : "light",
    isMobile: width < 500, hasTouch: width < 500,
  });
  const wrong: string[] = [];
  page.on("console", (m) => { if (m.type() !== "log") wrong.push(`console: ${m.text()}`); });
  page.on("pageerror", (e) => wrong.push(`error: ${e.message}`));
  page.on("requestfailed", (r) => wrong.push(`failed: ${r.url()}`));
  page.on("response", (r) => { if (r.status() >= 400) wrong.push(`${r.status()}: ${r.url()}`); });
  page.on("request", (r) => {
    if (!r.url().startsWith(`${base}/`)) wrong.push(`elsewhere: ${r.url()}`);
  });
  await page.exposeFunction("violated", (what: string) => wrong.push(`policy: ${what}`));
  await page.addInitScript(() => document.addEventListener("securitypolicyviolation", (e) =>
    (window as unknown as { violated(what: string): void })
      .violated(`${e.violatedDirective} ${e.blockedURI}`)));
  await page.goto(base + path);
  await page.locator("html[data-drawn]").waitFor({ timeout: 20_000 });
  return { page, wrong };
}

async function shot(page: Page, name: string) {
  if (pictures) await page.screenshot({ path: `${pictures}/${name}.png` });
}

/** Text wider than its page is text nobody reads on a phone. */
async function overflow(page: Page): Promise<string | void> {
  const [has, may] = await page.evaluate(() =>
    [document.documentElement.scrollWidth, document.documentElement.clientWidth]);
  if (Number(has) > Number(may)) return `${has} px wide where ${may} are seen`;
}

async function searching(page: Page): Promise<string | void> {
  await page.keyboard.press("/");
  await page.keyboard.type("create project");
  const shown = page.locator(".operation:visible");
  const ids = await shown.evaluateAll((all) => all.map((one) => one.id));
  if (!ids.includes("create_project") || ids.includes("end_upload")) return ids.join(" ");
  await page.locator("#search").fill("no such thing anywhere");
  if (await shown.count()) return "something is found";
  if (!(await page.locator("#state").innerText()).startsWith("Nothing found")) return "no word";
  await page.locator("#search").fill("");
  return same(await shown.count(), operations.length);
}

for (const [name, width, dark] of [["desktop", 1280, false], ["desktop dark", 1280, true],
  ["phone", 390, false], ["phone dark", 390, true]] as const) {
  const { page, wrong } = await open("/docs", width, dark);
  const file = name.replaceAll(" ", "_");
  await check(`${name}: every operation is there`, async () =>
    same((await page.locator(".operation").evaluateAll((all) => all.map((one) => one.id))).sort(),
      operations.map((one) => one.operationId).sort()));
  await check(`${name}: fits its width`, () => overflow(page));
  await shot(page, file);
  await page.goto(`${base}/docs#create_project`);
  await page.locator("#create_project").scrollIntoViewIfNeeded();
  await shot(page, `${file}_operation`);
  if (width < 500)
    await check(`${name}: the index opens and leads on`, async () => {
      await page.locator("#menu").tap();
      await shot(page, `${file}_index`);
      const first = await page.locator("nav a").first().boundingBox();
      const header = await page.locator("header").boundingBox();
      if (!first || !header || first.y < header.height) return "it begins under the header";
      await page.locator('nav a[href="/docs#list_jobs"]').tap();
      if (await page.locator("nav").isVisible()) return "the index stays open";
      const top = (await page.locator("#list_jobs").boundingBox())?.y ?? -1;
      return top >= 0 && top < 800 ? undefined : `at ${top}`;
    });
  else await check(`${name}: search finds and says so when not`, () => searching(page));
  await check(`${name}: nothing was wrong on the way`, () => wrong.join("; "));
  await page.close();
}

await check("every curl command has its path and method", async () => {
  const { page } = await open("/docs", 1280, false);
  for (const [path, methods] of Object.entries(api.paths))
    for (const [method, one] of Object.entries(methods)) {
      const text = await page.locator(`#${one.operationId} pre`).first().innerText();
      if (!text.includes(path.replace(/\{(\w+)\}/g, "$$$1")))
        return `${one.operationId}: ${text}`;
      if (method === "delete" && !text.includes("-X DELETE")) return `${one.operationId}: ${text}`;
    }
});
await check("a choice of dark stays", async () => {
  const { page, wrong } = await open("/docs", 1280, false);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const light = await ground();
  await page.locator("#theme").click();
  const dark = await ground();
  await page.reload();
  await page.locator("html[data-drawn]").waitFor();
  return light === dark ? "no change" : same(await ground(), dark) ?? wrong.join("; ");
});
await check("every problem's type leads to its place", async () => {
  for (const { code } of api["x-problems"].slice(-3)) {
    const { page, wrong } = await open(`/docs/problems#${code}`, 390, false);
    await shot(page, "phone_problems");
    const box = await page.locator(`#${code}`).boundingBox();
    if (!box || box.y < 0 || box.y > 800 || wrong.length) return `${code}: ${wrong.join("; ")}`;
    await page.close();
  }
});
await check("the front door leads to the pages", async () => {
  const { page, wrong } = await open("/", 1280, false);
  return same(new URL(page.url()).pathname, "/docs") ?? wrong.join("; ");
});
await check("a violation of the policy would be seen", async () => {
  const { page, wrong } = await open("/docs", 1280, false);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'ran'";
    document.body.append(script);
  });
  await page.waitForFunction(() => true);
  const seen = wrong.some((what) => what.startsWith("policy: script-src"));
  return seen && (await page.title()) !== "ran" ? undefined : "it went unseen";
});

await browser.close();
process.exitCode = finish("docs page");
