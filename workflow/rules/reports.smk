# What was found, to look at: the page of the run, and MultiQC's page of it beside what was trimmed.


rule page:
    input:
        latent="results/vambx/latent.npz",
        clusters="results/vambx/clusters.tsv",
        summary="results/vambx/summary.json",
    output:
        page=report(
            "results/vambx/report.html",
            caption="../report/page.rst",
            category="Run",
        ),
    log:
        "logs/page.log",
    benchmark:
        "benchmarks/page.tsv"
    group:
        "bins"
    conda:
        "../envs/vambx.yaml"
    resources:
        mem_mb=mem_mb("page"),
        runtime=runtime("page"),
    params:
        outdir=folder_of("page"),
    shell:
        "vambx report {params.outdir} > {log} 2>&1"


rule multiqc:
    input:
        vambx=["results/vambx/vambx_mqc.json", "results/vambx/vambx_stats_mqc.json"],
        fastp=trimming_reports(),
    output:
        page=report(
            "results/multiqc.html",
            caption="../report/multiqc.rst",
            category="Run",
        ),
    log:
        "logs/multiqc.log",
    benchmark:
        "benchmarks/multiqc.tsv"
    conda:
        "../envs/multiqc.yaml"
    resources:
        mem_mb=mem_mb("multiqc"),
        runtime=runtime("multiqc"),
    params:
        outdir=folder_of("page"),
        title="vambx",
    shell:
        "multiqc --force --no-data-dir --title {params.title} --outdir {params.outdir} --filename multiqc.html "
        "{input.vambx} {input.fastp} > {log} 2>&1"
