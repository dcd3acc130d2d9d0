process VAMBX_BIN {
    tag "${meta.id}"
    label 'process_high'

    conda "${moduleDir}/environment.yml"
    container "localhost/vambx:0.1.0"

    input:
    tuple val(meta), path(fasta), path(bams, stageAs: "bams/*"), path(depths, stageAs: "depths/*")

    output:
    tuple val(meta), path("${prefix}/bins/*.fna.gz")   , emit: bins    , optional: true
    tuple val(meta), path("${prefix}/bins.tsv")        , emit: bins_tsv
    tuple val(meta), path("${prefix}/contig2bin.tsv")  , emit: contig2bin
    tuple val(meta), path("${prefix}/quality.tsv")     , emit: quality , optional: true
    tuple val(meta), path("${prefix}/unbinned.tsv")    , emit: unbinned
    tuple val(meta), path("${prefix}/clusters.tsv")    , emit: clusters
    tuple val(meta), path("${prefix}/composition.npz") , emit: composition
    tuple val(meta), path("${prefix}/abundance.npz")   , emit: abundance
    tuple val(meta), path("${prefix}/latent.npz")      , emit: latent
    tuple val(meta), path("${prefix}/summary.json")    , emit: summary
    tuple val(meta), path("${prefix}/*_mqc.json")      , emit: multiqc
    tuple val(meta), path("${prefix}/report.html")     , emit: report  , optional: true
    tuple val(meta), path("${prefix}/run.json")        , emit: run
    tuple val(meta), path("${prefix}/vambx.log")       , emit: log
    tuple val("${task.process}"), val('vambx'), eval("vambx --version | sed 's/vambx //'"), emit: versions_vambx, topic: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args       = task.ext.args ?: ''
    prefix         = task.ext.prefix ?: "${meta.id}"
    def bams_arg   = bams ? "--bams bams/*" : ''
    def depths_arg = depths ? "--depths depths/*" : ''
    """
    vambx bin \\
        --fasta ${fasta} \\
        ${bams_arg} \\
        ${depths_arg} \\
        --outdir ${prefix} \\
        --threads ${task.cpus} \\
        ${args}

    find ${prefix}/bins -name '*.fna' | while read -r bin; do
        gzip -n -c "\$bin" > "${prefix}/bins/${prefix}.\$(basename "\$bin").gz"
        rm "\$bin"
    done
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir -p ${prefix}/bins
    echo "" | gzip > ${prefix}/bins/${prefix}.1.fna.gz
    echo "" | gzip > ${prefix}/bins/${prefix}.2.fna.gz

    touch ${prefix}/bins.tsv
    touch ${prefix}/contig2bin.tsv
    touch ${prefix}/quality.tsv
    touch ${prefix}/unbinned.tsv
    touch ${prefix}/clusters.tsv
    touch ${prefix}/composition.npz
    touch ${prefix}/abundance.npz
    touch ${prefix}/latent.npz
    touch ${prefix}/summary.json
    touch ${prefix}/vambx_mqc.json
    touch ${prefix}/vambx_stats_mqc.json
    touch ${prefix}/report.html
    touch ${prefix}/run.json
    touch ${prefix}/vambx.log
    """
}
