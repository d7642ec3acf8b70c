// What KPkPass understands of a pass, in the language of the locale: one line of JSON.
#include <KPkPass/Barcode>
#include <KPkPass/Field>
#include <KPkPass/Pass>
#include <QGuiApplication>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTextStream>
#include <QUrl>
#include <memory>

int main(int argc, char **argv) {
    QGuiApplication app(argc, argv);
    std::unique_ptr<KPkPass::Pass> pass(KPkPass::Pass::fromFile(QString::fromLocal8Bit(argv[1])));
    if (!pass) return 1;
    QJsonArray fields, barcodes;
    for (const auto &field : pass->fields())
        fields.append(QJsonObject{{"key", field.key()}, {"label", field.label()}, {"value", field.value().toString()}});
    for (const auto &code : pass->barcodes()) barcodes.append(code.message());
    QJsonObject told{{"type", int(pass->type())}, {"serial", pass->serialNumber()}, {"organisation", pass->organizationName()},
        {"service", pass->webServiceUrl().toString()}, {"update", pass->passUpdateUrl().toString()}, {"voided", pass->isVoided()},
        {"hasStrip", pass->hasStrip()}, {"fields", fields}, {"barcodes", barcodes}};
    QTextStream(stdout) << QJsonDocument(told).toJson(QJsonDocument::Compact) << "\n";
}
