// The system's Chromium is driven; puppeteer's own browser is never downloaded.
module.exports = { skipDownload: true };
